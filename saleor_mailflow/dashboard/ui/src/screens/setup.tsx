// From nothing to the first flow in a few clicks: what is asked, what is done, what to do next.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Flows as FlowsQuestion } from "../api/queries";
import type { Card } from "../api/shapes";
import { useAsk } from "../api/use";
import { Button, Failed, Head, Link, Loading, Notice } from "../parts/basic";
import { Field, PerChannel, useSettings } from "../parts/settings_form";
import { ProviderFields, lackingOfProvider } from "../parts/provider_fields";
import { Switch } from "./flows";
import { Basis, TestMail, World } from "./setup_parts";

const PROVIDER_KEYS = ["provider", "provider_options", "provider_api_key", "provider_secret", "provider_password"];

/** `keys` are saved by going on, `lacking` has to be filled in before; `also` is saved where nothing was chosen. */
type Step = { key: string; title: string; done: boolean; keys: readonly string[]; lacking?: () => string[]; also?: Readonly<Record<string, string>>; body: ComponentChildren };

export function Screen() {
  const form = useSettings();
  const flows = useAsk(FlowsQuestion, {});
  const [tested, setTested] = useState(false);
  const [looked, setLooked] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const guide = useRef<HTMLOListElement>(null);
  // Where somebody pressed a button that is gone: the keyboard goes on in the first field of what opened instead.
  const [arrived, setArrived] = useState("");
  useEffect(() => {
    if (!arrived) return;
    guide.current?.querySelector<HTMLElement>("details[open] .inside :is(input, select, textarea, button, a)")?.focus();
    setArrived("");
  }, [arrived]);
  useEffect(() => guide.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(), [form.marked]);
  if (!form.data || !flows.data) {
    const error = form.error || flows.error;
    return <><Head title="Set-up" />{error ? <Failed error={error} again={async () => Promise.all([form.reload(), flows.reload()]).then(() => undefined)} /> : <Loading what="Looking at what is set" tall={4} />}</>;
  }
  const fine = (...keys: string[]) => keys.every((key) => form.by.get(key)?.isSet && !form.by.get(key)?.problems.length);
  const empty = (...keys: string[]) => () => keys.filter(form.isEmpty);
  const on = flows.data.flows.some((flow) => flow.mode !== "OFF");
  const first = flows.data.flows.find((flow) => flow.key === "abandoned_checkout") ?? flows.data.flows[0];
  const switched = (flow: Card) => {
    flows.put({ ...flows.data!, flows: flows.data!.flows.map((one) => (one.key === flow.key ? flow : one)) });
    // What still keeps mail from leaving was asked when the guide began, and much of it was mended since.
    void flows.reload();
  };
  const go = (key: string) => { setOpen(key); setArrived(key); };
  const steps: readonly Step[] = [
    { key: "sender", title: "Who writes?", done: fine("sender_name", "sender_email"), keys: ["sender_name", "sender_email", "reply_to"], lacking: empty("sender_name", "sender_email"), body: <><Field form={form} name="sender_name" /><Field form={form} name="sender_email" /><Field form={form} name="reply_to" /></> },
    { key: "address", title: "Your postal address", done: fine("postal_address"), keys: ["postal_address"], lacking: empty("postal_address"), body: <Field form={form} name="postal_address" /> },
    { key: "provider", title: "Who carries the mail?", done: fine("provider") && lackingOfProvider(form).length === 0, keys: PROVIDER_KEYS, lacking: () => lackingOfProvider(form), body: <ProviderFields form={form} /> },
    { key: "storefront", title: "Where is your cart?", done: fine("storefront_links"), keys: ["storefront_links"], lacking: empty("storefront_links"), body: <PerChannel form={form} name="storefront_links" placeholder="https://shop.example/checkout?checkout={checkout}" /> },
    { key: "basis", title: "To whom may you write?", done: fine("lawful_basis") || (on && !form.by.get("lawful_basis")?.problems.length), keys: ["lawful_basis", "consent_key"], also: { lawful_basis: "* = auto" }, body: <><Basis form={form} /><Field form={form} name="consent_key" label="Where your storefront notes a yes" help="Whoever built it knows: the metadata key on checkout, order or account. Empty: newsletter" /></> },
    { key: "world", title: "Will your mail arrive?", done: looked, keys: [], body: <World /> },
    { key: "test", title: "Send yourself a test mail", done: tested || on, keys: [], body: <TestMail form={form} back={() => go("provider")} done={() => setTested(true)} goOn={() => go("flow")} ready={fine("sender_email", "postal_address", "provider")} /> },
    { key: "flow", title: "Your first flow", done: on, keys: [], body: first ? <First flow={first} problems={flows.loading ? [] : flows.data.health.problems.map((one) => one.text)} put={switched} /> : null },
  ];
  const counted = steps.filter((one) => one.key !== "world");
  const next = open ?? counted.find((one) => !one.done)?.key ?? "";
  const left = counted.filter((one) => !one.done).length;
  const after = (key: string) => steps[steps.findIndex((one) => one.key === key) + 1]?.key ?? "";
  const goOn = async (step: Step) => {
    const lacking = step.lacking?.() ?? [];
    form.mark(lacking);
    if (lacking.length === 0 && (step.keys.length === 0 || (await form.save(step.keys, { also: step.also ?? {}, quiet: true })))) go(after(step.key));
  };
  return (
    <>
      <Head title="Set-up" sub={left === 0 ? "All is set. You can change it here or under Settings." : `${counted.length - left} of ${counted.length} done`} />
      <progress value={counted.length - left} max={counted.length} aria-label="Set-up" />
      <ol class="guide" ref={guide} style={{ marginTop: "16px" }}>
        {steps.map((step, number) => (
          <li key={step.key}>
            <details class={step.done ? "done" : ""} open={next === step.key} onToggle={(event) => { if (event.currentTarget.open && next !== step.key) setOpen(step.key); else if (!event.currentTarget.open && next === step.key) setOpen(""); }}>
              <summary><span class="mark" aria-hidden="true">{step.done ? "✓" : number + 1}</span><span class="grow">{step.title}</span>{step.done && <span class="weak small">done</span>}</summary>
              {next === step.key && (
                <div class="inside">
                  {step.body}
                  {step.keys.length > 0 && <div><Button first busy={form.busy} onClick={() => goOn(step)}>Save and go on</Button></div>}
                  {step.key === "world" && <div><Button first onClick={() => { setLooked(true); void goOn(step); }}>Go on</Button></div>}
                </div>
              )}
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The first flow: what it does, its switch, and once it is on what happens now. */
function First({ flow, problems, put }: { flow: Card; problems: readonly string[]; put: (flow: Card) => void }) {
  // What came of the switch stands below it, in a low window out of sight.
  const end = useRef<HTMLDivElement>(null);
  const begun = useRef(flow.mode);
  useEffect(() => {
    if (flow.mode !== begun.current) end.current?.scrollIntoView({ block: "nearest" });
  }, [flow.mode, problems.length]);
  return (
    <>
      <p><strong>{flow.name}.</strong> {flow.description}</p>
      <p class="weak">Shadow does everything but the sending: look for a few days at what would go out, or go live at once.</p>
      <div class="row"><Switch flow={flow} put={put} /><Link to={`/flows/${flow.key}`}>See its steps</Link></div>
      {flow.mode === "LIVE" && <Notice tone="good" action={<Link to="/">To all flows</Link>}><strong>{flow.name} is live.</strong> People enter from now on; nobody is written to for what was before.</Notice>}
      {flow.mode !== "OFF" && problems.length > 0 && <Notice tone="warn">Nothing leaves, or not all of it, until this is mended:<ul class="said">{problems.map((text) => <li key={text}>{text}</li>)}</ul></Notice>}
      {flow.mode === "SHADOW" && <Notice tone="good" action={<Link to={`/messages?flow=${flow.key}`}>See them</Link>}><strong>{flow.name} runs in shadow.</strong> Under Messages stands what would have gone out.</Notice>}
      <div ref={end} />
    </>
  );
}
