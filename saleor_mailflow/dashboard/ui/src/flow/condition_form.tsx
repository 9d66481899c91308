// A condition as questions in groups: all, one or none of a group must be so, and a group may stand in a group.
import type { ComponentChildren } from "preact";

import { Button } from "../parts/basic";
import { type Option, Select } from "../parts/fields";
import { readable } from "../parts/words";
import { AskForm } from "./ask_form";
import { type GroupKind, groupOf, written } from "./groups";
import { type Ask, type Condition, type StepJson, walk } from "./tree";

const KINDS: readonly (Option & { value: GroupKind })[] = [
  { value: "all", label: "all of these are so" }, { value: "any", label: "at least one of these is so" }, { value: "none", label: "none of these is so" },
];
const NOT_ALL = { value: "not_all", label: "not all of these are so" } as const;
/** Groups can be put in down to here; deeper ones that came by the API are shown and edited all the same. */
const DEEPEST = 2;

type Props = {
  readonly condition: Condition;
  /** What is said before “all of these are so”. */
  readonly lead: string;
  /** What is said while nothing is asked. */
  readonly nothing: string;
  /** Steps whose mails can be asked about; without them only people can be, as in segments. */
  readonly steps?: readonly StepJson[];
  readonly change: (condition: Condition) => void;
};

export function ConditionForm({ condition, lead, nothing, steps, change }: Props) {
  const mails = [...walk(steps ?? [])].filter(({ step }) => step.type === "send").map(({ step }) => ({ value: step.id, label: readable(step.id) }));
  return <div class="conditions"><Group condition={condition} lead={lead} nothing={nothing} mails={mails} aboutPeople={!steps} level={0} name="" change={change} /></div>;
}

type GroupProps = { condition: Condition; lead: string; nothing: string; mails: readonly Option[]; aboutPeople: boolean; level: number; name: string; change: (condition: Condition) => void };

function Group({ condition, level, name, change, ...props }: GroupProps) {
  const { kind, parts } = groupOf(condition);
  const put = (fresh: readonly Condition[], as: GroupKind = kind) => change(written(as, fresh, condition));
  const replace = (at: number, part: Condition) => put(parts.map((one, place) => (place === at ? part : one)));
  const remove = (at: number) => put(parts.filter((_, place) => place !== at));
  const first: Ask = { fact: "contact.orders", op: "at_least", value: 1 };
  return (
    <div class="stack tight">
      {(parts.length > 1 || kind === "none" || kind === "not_all" || level > 0) && (
        <Select label={level === 0 ? props.lead : `Group ${name}: it counts when`} value={kind} options={kind === "not_all" ? [...KINDS, NOT_ALL] : KINDS} onInput={(as) => put(parts, as as GroupKind)} />
      )}
      {parts.length === 0 && <p class="weak">{level === 0 ? props.nothing : "Nothing is asked in this group yet."}</p>}
      {parts.map((part, at) => {
        const here = name ? `${name}.${at + 1}` : String(at + 1);
        return "fact" in part
          ? <Part key={at} legend={`Question ${here}`} remove={() => remove(at)}><AskForm ask={part} mails={props.mails} aboutPeople={props.aboutPeople} change={(fresh) => replace(at, fresh)} /></Part>
          : <Part key={at} legend={`Group ${here}`} group remove={() => remove(at)}><Group {...props} condition={part} level={level + 1} name={here} change={(fresh) => replace(at, fresh)} /></Part>;
      })}
      <div class="row tight">
        <Button little onClick={() => put([...parts, first])}>Ask something{parts.length ? " more" : ""}{name && <span class="hidden"> in group {name}</span>}</Button>
        {level < DEEPEST && parts.length > 0 && <Button little onClick={() => put([...parts, kind === "any" ? { all: [first] } : { any: [first] }])}>Add a group{name && <span class="hidden"> in group {name}</span>}</Button>}
      </div>
    </div>
  );
}

function Part({ legend, group, remove, children }: { legend: string; group?: boolean; remove: () => void; children: ComponentChildren }) {
  return (
    <fieldset class={group ? "question group" : "question"}>
      <legend class="hidden">{legend}</legend>
      {children}
      <Button little aria-label={`Take out ${legend.toLowerCase()}`} onClick={remove}>Take out</Button>
    </fieldset>
  );
}
