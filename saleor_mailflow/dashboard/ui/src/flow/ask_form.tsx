// One question of a condition: what is asked, how it is compared, and with what; chosen from what the shop has.
import { SegmentNames } from "../api/queries";
import { useAsk } from "../api/use";
import { useChannels } from "../parts/channels";
import { type Option, Select, Text } from "../parts/fields";
import { readable } from "../parts/words";
import { FACTS, type FactRow, opsOf } from "./facts";
import type { Ask, Json } from "./tree";

type Props = { ask: Ask; mails: readonly Option[]; aboutPeople: boolean; change: (ask: Ask) => void };

const STAGES = ["new", "active", "customer", "vip", "dormant", "lost"].map((value) => ({ value, label: value }));

export function AskForm({ ask, mails, aboutPeople, change }: Props) {
  const row: FactRow = FACTS.find((one) => one.key === ask.fact) ?? { key: ask.fact, words: readable(ask.fact), kind: "text", of: "" };
  const ops = opsOf(row.kind);
  const op = ops.find((one) => one.value === ask.op) ?? ops[0]!;
  const facts = aboutPeople ? FACTS.filter((one) => one.key.startsWith("contact.")) : FACTS;
  const shaped = (fresh: Partial<Ask>): Ask => {
    const found: Ask = { ...ask, ...fresh };
    const { value: _value, of: _of, ...bare } = found;
    const factRow = FACTS.find((one) => one.key === found.fact) ?? row;
    const known = opsOf(factRow.kind);
    const next = known.find((one) => one.value === found.op) ?? known[0]!;
    const same = found.fact === ask.fact;
    const of = same ? found.of : undefined;
    return { ...bare, op: next.value, ...(next.asks ? { value: valueOf(found.value, factRow.kind) } : {}), ...(factRow.of ? { of: of ?? (factRow.of === "step" ? mails[0]?.value ?? "" : "") } : {}) };
  };
  return (
    <>
      <Select label="What" hideLabel value={ask.fact} options={facts.map((one) => ({ value: one.key, label: one.words }))} onInput={(fact) => change(shaped({ fact, value: "" }))} />
      {row.of && (row.of === "step"
        ? <Select label="Mail of the step" hideLabel value={ask.of ?? ""} options={mails} onInput={(of) => change(shaped({ of }))} />
        : <Text label={row.of} hideLabel placeholder={row.of} value={ask.of ?? ""} onInput={(of) => change(shaped({ of }))} />)}
      <Select label="How" hideLabel value={op.value} options={ops} onInput={(value) => change(shaped({ op: value }))} />
      {op.asks && <Value ask={ask} row={row} several={op.value === "in"} put={(value) => change(shaped({ value }))} />}
      {row.unreliable && <p class="small weak">Unreliable: mail programs load pictures by themselves. Ask for a click or an order instead.</p>}
    </>
  );
}

type ValueProps = { ask: Ask; row: FactRow; several: boolean; put: (value: Json) => void };

/** What it is compared with: from a list where the shop has one. */
function Value(props: ValueProps) {
  const { ask, several } = props;
  if (several) return <Typed {...props} />;
  if (ask.fact.endsWith(".channel")) return <OfChannels {...props} />;
  if (ask.fact === "contact.segment") return <OfSegments {...props} />;
  if (ask.fact === "contact.lifecycle") return <Select label="Value" hideLabel value={typed(ask)} options={STAGES} onInput={props.put} />;
  return <Typed {...props} />;
}

function OfChannels(props: ValueProps) {
  const { options, known } = useChannels();
  return options.length > 0 || !known ? <Select label="Value" hideLabel value={typed(props.ask)} options={options} onInput={props.put} /> : <Typed {...props} />;
}

function OfSegments(props: ValueProps) {
  const asked = useAsk(SegmentNames, {});
  const options = (asked.data?.segments ?? []).map((one) => ({ value: one.key, label: one.name }));
  return options.length > 0 || asked.loading ? <Select label="Value" hideLabel value={typed(props.ask)} options={options} onInput={props.put} /> : <Typed {...props} />;
}

function Typed({ ask, row, several, put }: ValueProps) {
  const kind = row.kind === "text" || row.kind === "set" ? "text" : "number";
  return <Text label="Value" hideLabel placeholder={row.kind === "time" ? "days" : several ? "several, parted by commas" : "value"} type={kind} value={typed(ask)} onInput={(value) => put(several ? value.split(",").map((one) => one.trim()) : value)} />;
}

function typed(ask: Ask): string {
  return ask.value === undefined || ask.value === null ? "" : Array.isArray(ask.value) ? ask.value.join(", ") : String(ask.value);
}

/** Numbers stay numbers in the flow; an amount of money is kept as typed, so that no digit is lost. */
function valueOf(value: Json | undefined, kind: string): Json {
  if (kind !== "number" && kind !== "time") return value ?? "";
  const found = Number(value);
  return Number.isFinite(found) ? found : 0;
}
