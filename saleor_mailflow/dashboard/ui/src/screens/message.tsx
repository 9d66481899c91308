// One mail: as it was sent, to whom, why, and what became of it.
import { useState } from "preact/hooks";

import { MessageDetail, type MessageDetailData, ResendMessage } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Empty, Failed, Head, Link, Loading, Notice, Tag } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Preview } from "../parts/preview";
import { providerOf } from "../parts/providers";
import { STATES } from "../parts/states";
import { sayErrors } from "../parts/toast";
import { language, readable, when } from "../parts/words";

type Mail = NonNullable<MessageDetailData["message"]>;

export function Screen({ id }: { id: string }) {
  const asked = useAsk(MessageDetail, { id });
  const back = { to: "/messages", name: "Messages" };
  const mail = asked.data?.message;
  if (!mail) {
    return (
      <>
        <Head title="Message" back={back} />
        {asked.error ? <Failed error={asked.error} again={asked.reload} /> : asked.loading ? <Loading what="Loading the mail" /> : <Empty title="There is no such mail">It may have been deleted with its person, or after the time you keep mails for.</Empty>}
      </>
    );
  }
  const state = STATES[mail.state];
  return (
    <>
      <Head title={mail.subject || readable(mail.template)} back={back} sub={<><Tag tone={state.tone}>{state.label}</Tag> to <Link to={`/contacts/${encodeURIComponent(mail.recipient)}`}>{mail.recipient}</Link></>} />
      <div class="columns">
        <div class="stack">
          <Notice tone={state.tone === "bad" || state.tone === "warn" ? state.tone : ""}>{mail.sentence}</Notice>
          {mail.html || mail.text
            ? <Preview title={`The mail “${mail.subject}”`} html={mail.html} text={mail.text} />
            : <Empty title="Not written yet">A mail is written in the moment it leaves, with the prices and stock of that moment.</Empty>}
        </div>
        <div class="stack">
          <About mail={mail} />
          <Became mail={mail} />
          <Resend mail={mail} />
        </div>
      </div>
    </>
  );
}

function About({ mail }: { mail: Mail }) {
  const pairs: [string, preact.ComponentChildren][] = [
    ["Flow", mail.flow ? <Link to={`/flows/${mail.flow.key}`}>{mail.flow.name}</Link> : readable(mail.flowKey)],
    ["Step", readable(mail.step)],
    [STATES[mail.state].label, when(mail.endedAt)],
    ["Template", <Link to={`/templates/${encodeURIComponent(mail.template)}`}>{readable(mail.template)}</Link>],
    ["Language", language(mail.language)],
    ["Purpose", readable(mail.purpose)],
    ["Allowed by", mail.basis],
    ["Decided", when(mail.plannedAt)],
    ["Due", when(mail.dueAt)],
    ["Too late after", when(mail.expiresAt)],
    ["Carried by", providerOf(mail.provider).name],
    ["Tries", mail.attempts ? String(mail.attempts) : ""],
  ];
  return (
    <section class="card stack" aria-label="About this mail">
      <h2>About this mail</h2>
      <dl class="pairs">
        {pairs.filter(([, value]) => value).map(([name, value]) => <><dt>{name}</dt><dd>{value}</dd></>)}
      </dl>
    </section>
  );
}

function Became({ mail }: { mail: Mail }) {
  if (mail.events.length === 0) return null;
  return (
    <section class="card stack" aria-label="What became of it">
      <h2>What became of it</h2>
      <ul class="stack tight">
        {mail.events.map((event) => (
          <li key={event.kind + event.at} class="row tight">
            <span class="grow">{readable(event.kind)}{event.byMachine && <span class="weak"> by a machine</span>}</span>
            <time class="weak small" dateTime={event.at}>{when(event.at)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}

const GONE = new Set(["ACCEPTED", "UNKNOWN", "FAILED"]);

/** Send it once more: a new mail, asked about at the gate like any other. */
function Resend({ mail }: { mail: Mail }) {
  const [asked, setAsked] = useState(false);
  const [said, setSaid] = useState("");
  const [run, busy] = useChange(ResendMessage);
  if (!GONE.has(mail.state)) return null;
  const send = async () => {
    const { payload, errors } = await run({ id: mail.id, nth: mail.timesResent + 1 });
    setAsked(false);
    if (!sayErrors(errors)) setSaid(payload?.sentence ?? "");
  };
  return (
    <section class="card stack tight" aria-label="Send it again">
      <h2>Did they lose it?</h2>
      {said && <p role="status">{said}</p>}
      <div><Button onClick={() => setAsked(true)}>Send it again</Button></div>
      {asked && (
        <Confirm title="Send this mail once more?" yes="Send it again" busy={busy} close={() => setAsked(false)} confirm={send}>
          <p>{mail.recipient} gets it again, unless something speaks against it now: they bought, unsubscribed, or their share of mail is used up.</p>
        </Confirm>
      )}
    </section>
  );
}
