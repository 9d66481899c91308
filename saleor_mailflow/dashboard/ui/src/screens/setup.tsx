// From nothing to the first flow in a few clicks: what is asked, what is done, what to do next.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Findings, Flows as FlowsQuestion, SendTestMail } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Failed, Head, Link, Loading, Notice } from "../parts/basic";
import { Text } from "../parts/fields";
import { Field, type Form, PerChannel, useSettings } from "../parts/settings_form";
import { ProviderFields } from "../parts/provider_fields";
import { linesOf } from "../parts/providers";
import { Switch } from "./flows";

const TONES = { FINE: "good", HINT: "warn", BROKEN: "bad" } as const;
const PROVIDER_KEYS = ["provider", "provider_options", "provider_api_key", "provider_secret", "provider_password"];

export function Screen() {
  const form = useSettings();
  const flows = useAsk(FlowsQuestion, {});
  const [tested, setTested] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  if (!form.data || !flows.data) {
    const error = form.error || flows.error;
    return <><Head title="Set-up" />{error ? <Failed error={error} again={async () => Promise.all([form.reload(), flows.reload()]).then(() => undefined)} /> : <Loading what="Looking at what is set" tall={4} />}</>;
  }
  const fine = (...keys: string[]) => keys.every((key) => form.by.get(key)?.isSet && !form.by.get(key)?.problems.length);
  const on = flows.data.flows.some((flow) => flow.mode !== "OFF");
  const first = flows.data.flows.find((flow) => flow.key === "abandoned_checkout") ?? flows.data.flows[0];
  const steps: readonly { key: string; title: string; done: boolean; keys: readonly string[]; body: ComponentChildren }[] = [
    { key: "sender", title: "Who writes?", done: fine("sender_name", "sender_email"), keys: ["sender_name", "sender_email", "reply_to"], body: <><Field form={form} name="sender_name" /><Field form={form} name="sender_email" /><Field form={form} name="reply_to" /></> },
    { key: "address", title: "Your postal address", done: fine("postal_address"), keys: ["postal_address"], body: <Field form={form} name="postal_address" /> },
    { key: "provider", title: "Who carries the mail?", done: fine("provider"), keys: PROVIDER_KEYS, body: <ProviderFields form={form} /> },
    { key: "storefront", title: "Where is your cart?", done: fine("storefront_links"), keys: ["storefront_links"], body: <PerChannel form={form} name="storefront_links" placeholder="https://shop.example/checkout?checkout={checkout}" /> },
    { key: "basis", title: "To whom may you write?", done: !form.by.get("lawful_basis")?.problems.length, keys: ["lawful_basis", "consent_key"], body: <><Basis form={form} /><Field form={form} name="consent_key" /></> },
    { key: "dns", title: "Do mailboxes trust your address?", done: false, keys: [], body: <Dns /> },
    { key: "test", title: "Send yourself a test mail", done: tested, keys: [], body: <TestMail done={() => setTested(true)} ready={fine("sender_email", "postal_address", "provider")} /> },
    {
      key: "flow", title: "Your first flow", done: on, keys: [], body: first ? (
        <>
          <p><strong>{first.name}.</strong> {first.description}</p>
          <p class="weak">Shadow does everything but the sending: look for a few days at what would go out, or go live at once.</p>
          <div class="row"><Switch flow={first} put={(flow) => flows.put({ ...flows.data!, flows: flows.data!.flows.map((one) => (one.key === flow.key ? flow : one)) })} /><Link to={`/flows/${first.key}`}>See its steps</Link></div>
        </>
      ) : null,
    },
  ];
  const counted = steps.filter((one) => one.key !== "dns");
  const next = open ?? counted.find((one) => !one.done)?.key ?? "";
  const left = counted.filter((one) => !one.done).length;
  const after = (key: string) => steps[steps.findIndex((one) => one.key === key) + 1]?.key ?? "";
  return (
    <>
      <Head title="Set-up" sub={left === 0 ? "All is set. You can change it here or under Settings." : `${counted.length - left} of ${counted.length} done`} />
      <progress value={counted.length - left} max={counted.length} aria-label="Set-up" />
      <ol class="guide" style={{ marginTop: "16px" }}>
        {steps.map((step, number) => (
          <li key={step.key}>
            <details class={step.done ? "done" : ""} open={next === step.key} onToggle={(event) => { if (event.currentTarget.open && next !== step.key) setOpen(step.key); else if (!event.currentTarget.open && next === step.key) setOpen(""); }}>
              <summary><span class="mark" aria-hidden="true">{step.done ? "✓" : number + 1}</span><span class="grow">{step.title}</span>{step.done && <span class="weak small">done</span>}</summary>
              {next === step.key && (
                <div class="inside">
                  {step.body}
                  {step.keys.length > 0 && <div><Button first busy={form.busy} onClick={async () => { if (await form.save(step.keys)) setOpen(after(step.key)); }}>Save and go on</Button></div>}
                  {step.key === "dns" && <div><Button first onClick={() => setOpen(after(step.key))}>Go on</Button></div>}
                </div>
              )}
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}

const BASES = [
  { value: "auto", title: "As the law of their country asks", help: "In the EU and where the law is not known only to those who said yes; in Germany and Austria also to customers about like products." },
  { value: "consent", title: "Only to those who said yes", help: "The safest everywhere." },
  { value: "existing_customer", title: "To those who said yes, and to customers", help: "Where your lawyer agrees." },
];

function Basis({ form }: { form: Form }) {
  const lines = linesOf(form.value("lawful_basis"));
  const now = lines.find(([channel]) => channel === "*")?.[1] ?? "auto";
  if (lines.length > 1) return <PerChannel form={form} name="lawful_basis" />;
  return (
    <fieldset class="stack tight">
      <legend class="hidden">To whom may you write?</legend>
      {BASES.map((one) => (
        <label key={one.value} class="check">
          <input type="radio" name="basis" checked={now === one.value} onChange={() => form.set("lawful_basis")(`* = ${one.value}`)} />
          <span><strong>{one.title}</strong><br /><span class="weak small">{one.help}</span></span>
        </label>
      ))}
    </fieldset>
  );
}

function Dns() {
  const asked = useAsk(Findings, {});
  if (asked.error) return <Failed error={asked.error} again={asked.reload} />;
  if (!asked.data) return <Loading what="Asking the domain name system" tall={1} />;
  return (
    <div class="stack tight">
      {asked.data.findings.map((one) => <Notice key={one.check + one.text} tone={TONES[one.grade]}><strong>{one.check}:</strong> {one.text}</Notice>)}
      <div><Button little busy={asked.loading} onClick={asked.reload}>Look again</Button></div>
    </div>
  );
}

function TestMail({ done, ready }: { done: () => void; ready: boolean }) {
  const [to, setTo] = useState("");
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const [send, busy] = useChange(SendTestMail);
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const { payload, errors } = await send({ to: to.trim() });
    const text = payload?.sentence ?? Object.values(errors)[0] ?? "";
    setSaid({ good: payload?.sent ?? false, text });
    if (payload?.sent) done();
  };
  return (
    <form class="stack tight" onSubmit={run}>
      {!ready && <Notice tone="warn">Sender, postal address and provider come first; a test mail then says what is wrong with them.</Notice>}
      <Text label="Your own address" type="email" value={to} onInput={setTo} autoComplete="email" required />
      <div><Button first type="submit" busy={busy}>Send a test mail</Button></div>
      {said && <Notice tone={said.good ? "good" : "bad"} urgent>{said.text}</Notice>}
    </form>
  );
}
