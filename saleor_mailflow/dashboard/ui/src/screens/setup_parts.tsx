// What stands inside single steps of the set-up: to whom to write, what the world says of us, a mail to oneself.
import { useEffect, useRef, useState } from "preact/hooks";

import { Findings, SendTestMail } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { ownAddress } from "../frame/bridge";
import { Button, Failed, Loading, Notice } from "../parts/basic";
import { Text } from "../parts/fields";
import { inWords, linesOf } from "../parts/providers";
import { type Form, PerChannel } from "../parts/settings_form";

const TONES = { FINE: "good", HINT: "warn", BROKEN: "bad" } as const;

const BASES = [
  { value: "auto", title: "As the law of their country asks", help: "In the EU and where the law is not known only to those who said yes; in most of its countries a cart is brought to mind to customers too." },
  { value: "consent", title: "Only to those who said yes", help: "The safest everywhere." },
  { value: "existing_customer", title: "To those who said yes, and to customers", help: "Where your lawyer agrees." },
];

export function Basis({ form }: { form: Form }) {
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

/** Everything that mail depends on around us, worst first; what is fine in one line. */
export function World() {
  const asked = useAsk(Findings, {});
  if (asked.error) return <Failed error={asked.error} again={asked.reload} />;
  if (!asked.data) return <Loading what="Asking the domain name system" tall={1} />;
  const open = asked.data.findings.filter((one) => one.grade !== "FINE");
  const fine = asked.data.findings.filter((one) => one.grade === "FINE");
  return (
    <div class="stack tight">
      {open.map((one) => <Notice key={one.check + one.text} tone={TONES[one.grade]}><strong>{one.check}:</strong> {one.text}</Notice>)}
      {fine.length > 0 && (
        <Notice tone="good"><ul class="stack tight">{fine.map((one) => <li key={one.check + one.text}><strong>{one.check}:</strong> {one.text}</li>)}</ul></Notice>
      )}
      {open.length > 0 && <p class="weak small">You can go on and mend this later; the test mail shows whether mail leaves at all.</p>}
      <div><Button little busy={asked.loading} onClick={asked.reload}>Look again</Button></div>
    </div>
  );
}

export function TestMail({ form, done, ready, goOn, back }: { form: Form; done: () => void; ready: boolean; goOn: () => void; back: () => void }) {
  const [to, setTo] = useState(ownAddress);
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const [send, busy] = useChange(SendTestMail);
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const { payload, errors } = await send({ to: to.trim() });
    const text = inWords(payload?.sentence ?? Object.values(errors)[0] ?? "", new Map(form.all.map((one) => [one.key, one.label])));
    setSaid({ good: payload?.sent ?? false, text });
    if (payload?.sent) done();
  };
  const taken = said?.good ?? false;
  const onward = useRef<HTMLDivElement>(null);
  useEffect(() => onward.current?.scrollIntoView({ block: "nearest" }), [taken]);
  return (
    <form class="stack tight" onSubmit={run}>
      {!ready && <Notice tone="warn">Sender, postal address and provider come first; a test mail then says what is wrong with them.</Notice>}
      <Text label="Your own address" type="email" value={to} onInput={setTo} autoComplete="email" required />
      <div><Button first={!taken} type="submit" busy={busy}>{taken ? "Send another" : "Send a test mail"}</Button></div>
      {said && <Notice tone={taken ? "good" : "bad"} urgent action={!taken && <Button little onClick={back}>Change the provider</Button>}>{said.text}{taken && " Look into that mailbox, and whether the mail lies among the spam."}</Notice>}
      {taken && <div ref={onward}><Button first onClick={goOn}>Go on</Button></div>}
    </form>
  );
}
