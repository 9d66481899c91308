// What starts a flow, and whom it lets in: the trigger's own fields and the question asked once at entry.
import { SegmentNames } from "../api/queries";
import { useAsk } from "../api/use";
import { Button } from "../parts/basic";
import { Duration, Select, Text } from "../parts/fields";
import { ConditionForm } from "./condition_form";
import type { Definition, Json } from "./tree";

/** Fields of triggers in their order, by how they are written; a trigger that has others keeps them. */
const FIELDS: readonly (readonly [key: string, label: string, kind: "seconds" | "days" | "number" | "time" | "segment"])[] = [
  ["after", "After so long without activity", "seconds"],
  ["factor", "So many times their usual gap", "number"],
  ["least", "At least so many days away", "days"],
  ["most", "At most so many days away", "days"],
  ["before", "So many days before", "days"],
  ["known_for", "Only dates known for so many days", "days"],
  ["catch_up", "Caught up within so many days", "days"],
  ["percent", "The top so many percent", "days"],
  ["orders", "From so many orders in 12 months; 0 does not ask", "days"],
  ["settled", "So many days after the order", "days"],
  ["segment", "Segment", "segment"],
  ["at", "At this time, where they are", "time"],
];

export function TriggerForm({ definition, edit }: { definition: Definition; edit: (definition: Definition) => void }) {
  const { trigger } = definition;
  const set = (key: string) => (value: Json) => edit({ ...definition, trigger: { ...trigger, [key]: value } });
  return (
    <>
      {FIELDS.filter(([key]) => key in trigger).map(([key, label, kind]) => {
        const value = trigger[key];
        if (kind === "seconds") return <Duration key={key} label={label} value={Number(value)} onInput={set(key)} />;
        if (kind === "days") return <Text key={key} label={label} type="number" min="0" value={String(value)} onInput={(typed) => set(key)(Math.max(0, Math.trunc(Number(typed) || 0)))} />;
        if (kind === "segment") return <SegmentField key={key} label={label} value={String(value)} onInput={set(key)} />;
        // A factor is written as text, so that no digit is lost.
        return <Text key={key} label={label} type={kind} value={String(value)} onInput={set(key)} />;
      })}
      <fieldset class="stack tight">
        <legend class="label">Only those for whom this is so, asked once at entry</legend>
        {definition.filter
          ? <ConditionForm condition={definition.filter} steps={definition.steps} lead="They enter when" nothing="Nothing is asked yet, so everybody enters." change={(filter) => edit({ ...definition, filter })} />
          : <div><Button little onClick={() => edit({ ...definition, filter: { all: [{ fact: "contact.orders", op: "at_least", value: 1 }] } })}>Ask something</Button></div>}
        {definition.filter && <div><Button little onClick={() => { const { filter: _filter, ...rest } = definition; edit(rest as Definition); }}>Let everybody in</Button></div>}
      </fieldset>
    </>
  );
}

function SegmentField({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  const asked = useAsk(SegmentNames, {});
  return <Select label={label} value={value} options={(asked.data?.segments ?? []).map((one) => ({ value: one.key, label: one.name }))} onInput={onInput} />;
}
