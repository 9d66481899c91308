// The side panel of one step: its own fields by its type. Every change is a new step; saving is the caller's.
import { Button, Link } from "../parts/basic";
import { Check, Duration, Select, Text } from "../parts/fields";
import { readable } from "../parts/words";
import { ConditionForm } from "./condition_form";
import { HAPPENINGS, PRODUCTS, SINCE, WEEKDAYS } from "./fresh";
import { type Condition, type Definition, type Json, type StepJson, walk } from "./tree";
import { eventWords } from "./words";

export type Choices = { readonly templates: readonly { key: string }[]; readonly offers: readonly { key: string; name: string }[]; readonly flows: readonly { key: string; name: string }[] };
type Props = { step: StepJson; definition: Definition; choices: Choices; change: (step: StepJson) => void };

const text = (value: Json | undefined) => (value === undefined || value === null ? "" : String(value));
const number = (value: Json | undefined) => Number(value ?? 0);
const words = (value: Json | undefined) => (Array.isArray(value) ? value.join(", ") : "");

export function StepForm(props: Props) {
  const { step, change } = props;
  const set = (key: string) => (value: Json) => change({ ...step, [key]: value });
  switch (step.type) {
    case "send": return <Send {...props} set={set} />;
    case "wait": return <Wait {...props} set={set} />;
    case "wait_for": return <WaitFor {...props} set={set} />;
    case "branch": return <ConditionForm condition={(step["when"] ?? { all: [] }) as Condition} steps={props.definition.steps} lead="Go by “yes” when" nothing="Nothing is asked yet, so everybody goes by “yes”." change={(when) => change({ ...step, when: when as unknown as Json })} />;
    case "split": return <Split {...props} />;
    case "coupon": return (
      <>
        <Select label="Offer" value={text(step["offer"])} options={props.choices.offers.map((one) => ({ value: one.key, label: one.name || one.key }))} onInput={set("offer")} help="Where it does not pay or is over, the mail goes without a code and the reason is kept." />
        <Link to="/offers">Your offers</Link>
      </>
    );
    case "tag": return (
      <>
        <Text label="Put on" value={words(step["add"])} onInput={(value) => set("add")(list(value))} help="Several, parted by commas." />
        <Text label="Take off" value={words(step["remove"])} onInput={(value) => set("remove")(list(value))} />
      </>
    );
    case "score": return <Text label="Points" type="number" value={text(step["points"])} onInput={(value) => set("points")(Math.trunc(Number(value) || 0))} help="Below zero takes some away." />;
    case "start_flow": return <Select label="Flow" value={text(step["flow"])} options={props.choices.flows.map((one) => ({ value: one.key, label: one.name }))} onInput={set("flow")} />;
    case "notify": return <Text label="Target" value={text(step["target"])} onInput={set("target")} help="The name under which your settings know the address." />;
    case "exit": return <p class="weak">Whoever comes here leaves the flow.</p>;
    default: return <p class="weak">This kind of step is newer than this screen. Change it by the API or as a file.</p>;
  }
}

type Setting = { set: (key: string) => (value: Json) => void };

function Send({ step, definition, choices, set }: Props & Setting) {
  const coupons = [...walk(definition.steps)].filter(({ step: one }) => one.type === "coupon");
  const own = choices.templates.filter((one) => one.key.startsWith(`${definition.key}/`));
  const others = choices.templates.filter((one) => !own.includes(one));
  const name = (key: string) => `${readable(key)} (${readable(key.split("/")[0] ?? "")})`;
  return (
    <>
      <Select label="Template" value={text(step["template"])} options={[...own, ...others].map((one) => ({ value: one.key, label: own.includes(one) ? readable(one.key) : name(one.key) }))} onInput={set("template")} />
      {step["template"] && <Link to={`/templates/${encodeURIComponent(text(step["template"]))}`}>Edit its wording</Link>}
      <Duration label="Too late after" value={number(step["lateness"])} onInput={set("lateness")} help="If nothing could be sent so long, the mail is skipped." />
      <Select label="Code" value={text(step["coupon"])} options={[{ value: "", label: "No code" }, ...coupons.map(({ step: one }) => ({ value: one.id, label: `Of “${readable(one.id)}”` }))]} onInput={set("coupon")} />
      <Select label="Recommends" value={text(step["products"])} options={PRODUCTS} onInput={set("products")} />
      <Check label="Waits for its turn among other mails" checked={step["may_wait"] !== false} onInput={set("may_wait")} help="Otherwise it is skipped when another mail goes first." />
      <Check label="Goes when due, whatever the hour" checked={step["prompt"] === true} onInput={set("prompt")} help="For what people asked for; limits and quiet hours do not stop it." />
    </>
  );
}

function Wait({ step, set }: Props & Setting) {
  const days = Array.isArray(step["weekdays"]) ? step["weekdays"].map(Number) : [];
  const toggle = (day: number, on: boolean) => set("weekdays")(on ? [...days, day].sort() : days.filter((one) => one !== day));
  return (
    <>
      <Duration label={step["date"] ? "So long before that date" : "For"} value={number(step["duration"])} onInput={set("duration")} />
      {!step["date"] && <Select label="Counted from" value={text(step["since"]) || "entry"} options={SINCE} onInput={set("since")} />}
      <Duration label="At least so long after the last mail" value={number(step["after_mail"])} onInput={set("after_mail")} />
      <Text label="Until this time, where they are" type="time" value={text(step["at"])} onInput={set("at")} />
      <fieldset class="field">
        <legend class="label">Only on these days</legend>
        <div class="row tight">{WEEKDAYS.map((name, day) => <Check key={name} label={name} checked={days.includes(day)} onInput={(on) => toggle(day, on)} />)}</div>
      </fieldset>
      <Text label="Until a date of theirs" value={text(step["date"])} onInput={set("date")} placeholder="such as birthday" />
    </>
  );
}

function WaitFor({ step, definition, set }: Props & Setting) {
  const mails = [...walk(definition.steps)].filter(({ step: one }) => one.type === "send");
  const event = text(step["event"]);
  return (
    <>
      <Select label="Until" value={event} options={HAPPENINGS.map((one) => ({ value: one, label: eventWords(one) }))} onInput={set("event")} />
      {event.startsWith("mail.") && <Select label="In the mail of" value={text(step["of"])} options={[{ value: "", label: "Any mail of this flow" }, ...mails.map(({ step: one }) => ({ value: one.id, label: readable(one.id) }))]} onInput={set("of")} />}
      <Duration label="At most for" value={number(step["timeout"])} onInput={set("timeout")} help="Then they go the other way." />
      <Check label="Only about this cart, order or mail" checked={step["own"] !== false} onInput={set("own")} />
    </>
  );
}

function Split({ step, change }: Props) {
  const ways = (Array.isArray(step["ways"]) ? step["ways"] : []) as unknown as readonly { key: string; weight: number; steps?: readonly StepJson[] }[];
  const put = (fresh: readonly object[]) => change({ ...step, ways: fresh as unknown as Json });
  return (
    <>
      {ways.map((way, at) => (
        <div key={at} class="row tight top">
          <Text class="grow" label={`Way ${at + 1}`} value={way.key} onInput={(key) => put(ways.map((one, place) => (place === at ? { ...one, key } : one)))} />
          <Text class="weight" label="Share" type="number" min="0" value={String(way.weight)} onInput={(value) => put(ways.map((one, place) => (place === at ? { ...one, weight: Math.max(0, Math.trunc(Number(value) || 0)) } : one)))} />
        </div>
      ))}
      <div class="row tight">
        <Button little onClick={() => put([...ways, { key: String.fromCharCode(97 + ways.length), weight: 50, steps: [] }])}>Add a way</Button>
        {ways.length > 2 && <Button little onClick={() => put(ways.slice(0, -1))}>Take out the last</Button>}
      </div>
    </>
  );
}

function list(value: string): string[] {
  return value.split(",").map((one) => one.trim()).filter(Boolean);
}
