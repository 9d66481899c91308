// The tree that one reads at a glance: top to bottom, ways side by side, people waiting in each step, red where something
// is missing. Shows; what a click does is the caller's.
import type { ComponentChildren } from "preact";

import { count } from "../parts/words";
import { Icon } from "./icons";
import { type Path, type StepJson, waysOf } from "./tree";
import { stepWords } from "./words";

export type Finding = { readonly level: string; readonly text: string; readonly step: string };

export type TreeProps = {
  readonly steps: readonly StepJson[];
  readonly waiting: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
  /** What stands between two steps, such as a button that adds one; nothing while one only reads. */
  readonly between?: (list: Path, number: number) => ComponentChildren;
};

export function Tree({ at = ["steps"], ...props }: TreeProps & { at?: Path }) {
  const { steps, between } = props;
  return (
    <ol class="tree">
      {between && <li class="gap">{between(at, 0)}</li>}
      {steps.map((step, number) => (
        <li key={step.id}>
          <Node {...props} step={step} />
          {waysOf(step).length > 0 && (
            <ul class="ways">
              {waysOf(step).map((way) => (
                <li key={way.key}>
                  <span class="way">{way.label}</span>
                  {way.steps.length === 0 && !between
                    ? <span class="pill">goes on</span>
                    : <Tree {...props} steps={way.steps} at={[...at, number, ...way.path]} />}
                </li>
              ))}
            </ul>
          )}
          {between && <div class="gap">{between(at, number + 1)}</div>}
        </li>
      ))}
    </ol>
  );
}

function Node({ step, waiting, findings, chosen, choose }: TreeProps & { step: StepJson }) {
  const { title, line } = stepWords(step);
  const people = waiting.get(step.id) ?? 0;
  const wrong = findings.filter((one) => one.step === step.id);
  const bad = wrong.some((one) => one.level === "ERROR");
  const name = ["node", step.type === "wait" && "thin", bad && "bad", !bad && wrong.length > 0 && "warn"].filter(Boolean).join(" ");
  return (
    <button type="button" class={name} data-step={step.id} aria-pressed={chosen === step.id} onClick={() => choose(step.id)}>
      <span class="pic"><Icon kind={step.type} /></span>
      <span class="what">
        <span class="title">{title}</span>
        {wrong.length > 0 ? wrong.map((one) => <span key={one.text} class="line wrong">{one.text}</span>) : <span class="line">{line}</span>}
      </span>
      {people > 0 && <span class="there"><span class="num">{count(people)}</span> <span class="line">waiting</span></span>}
    </button>
  );
}
