// A condition as a list of questions, all or any of which must be so. What is nested deeper is shown in words and kept.
import { Button } from "../parts/basic";
import { Select, Text } from "../parts/fields";
import { readable } from "../parts/words";
import { FACTS, type FactRow, opsOf } from "./facts";
import { type Ask, type Condition, type Definition, type Json, walk } from "./tree";
import { conditionWords } from "./words";

export function ConditionForm({ condition, definition, change }: { condition: Condition; definition: Definition; change: (condition: Condition) => void }) {
  const kind = "any" in condition ? "any" : "all";
  const parts: readonly Condition[] = "all" in condition ? condition.all : "any" in condition ? condition.any : [condition];
  const put = (fresh: readonly Condition[], as: string = kind) => change(as === "any" ? { any: fresh } : { all: fresh });
  return (
    <div class="stack tight">
      {parts.length > 1 && <Select label="Go by “yes” when" value={kind} options={[{ value: "all", label: "all of these are so" }, { value: "any", label: "one of these is so" }]} onInput={(as) => put(parts, as)} />}
      {parts.length === 0 && <p class="weak">Nothing is asked yet, so everybody goes by “yes”.</p>}
      {parts.map((part, at) => (
        <fieldset key={at} class="question">
          <legend class="hidden">Question {at + 1}</legend>
          {"fact" in part
            ? <AskForm ask={part} definition={definition} change={(fresh) => put(parts.map((one, place) => (place === at ? fresh : one)))} />
            : <p>{conditionWords(part)}</p>}
          <Button little aria-label={`Take out question ${at + 1}`} onClick={() => put(parts.filter((_, place) => place !== at))}>Take out</Button>
        </fieldset>
      ))}
      <div><Button little onClick={() => put([...parts, { fact: "contact.orders", op: "at_least", value: 1 }])}>Ask something{parts.length ? " more" : ""}</Button></div>
    </div>
  );
}

function AskForm({ ask, definition, change }: { ask: Ask; definition: Definition; change: (ask: Ask) => void }) {
  const row: FactRow = FACTS.find((one) => one.key === ask.fact) ?? { key: ask.fact, words: readable(ask.fact), kind: "text", of: "" };
  const ops = opsOf(row.kind);
  const mails = [...walk(definition.steps)].filter(({ step }) => step.type === "send").map(({ step }) => ({ value: step.id, label: readable(step.id) }));
  const op = ops.find((one) => one.value === ask.op) ?? ops[0]!;
  const shaped = (fresh: Partial<Ask>): Ask => {
    const found: Ask = { ...ask, ...fresh };
    const { value: _value, of: _of, ...bare } = found;
    const factRow = FACTS.find((one) => one.key === found.fact) ?? row;
    const known = opsOf(factRow.kind);
    const next = known.find((one) => one.value === found.op) ?? known[0]!;
    return { ...bare, op: next.value, ...(next.asks ? { value: valueOf(found.value, factRow.kind) } : {}), ...(factRow.of ? { of: found.of ?? (factRow.of === "step" ? mails[0]?.value ?? "" : "") } : {}) };
  };
  return (
    <>
      <Select label="What" hideLabel value={ask.fact} options={FACTS.map((one) => ({ value: one.key, label: one.words }))} onInput={(fact) => change(shaped({ fact }))} />
      {row.of && (row.of === "step"
        ? <Select label="Mail of the step" hideLabel value={ask.of ?? ""} options={mails} onInput={(of) => change(shaped({ of }))} />
        : <Text label={row.of} hideLabel placeholder={row.of} value={ask.of ?? ""} onInput={(of) => change(shaped({ of }))} />)}
      <Select label="How" hideLabel value={op.value} options={ops} onInput={(value) => change(shaped({ op: value }))} />
      {op.asks && <Text label="Value" hideLabel placeholder={row.kind === "time" ? "days" : "value"} type={row.kind === "text" || row.kind === "set" ? "text" : "number"} value={ask.value === undefined ? "" : Array.isArray(ask.value) ? ask.value.join(", ") : String(ask.value)} onInput={(value) => change(shaped({ value: op.value === "in" ? value.split(",").map((one) => one.trim()) : value }))} />}
      {row.unreliable && <p class="small weak">Unreliable: mail programs load pictures by themselves. Ask for a click or an order instead.</p>}
    </>
  );
}

/** Numbers stay numbers in the flow; an amount of money is kept as typed, so that no digit is lost. */
function valueOf(value: Json | undefined, kind: string): Json {
  if (kind !== "number" && kind !== "time") return value ?? "";
  const found = Number(value);
  return Number.isFinite(found) ? found : 0;
}
