// Every flow as a card: what it does, whether it is on, what it came to, and the next thing to do.
import { useState } from "preact/hooks";

import { Flows as FlowsQuestion, type FlowMode, type FlowsData, PauseMail, ResumeMail, SwitchFlow } from "../api/queries";
import type { Card } from "../api/shapes";
import { useAsk, useChange } from "../api/use";
import { Button, ButtonLink, Failed, Head, Link, Loading, Notice, Tag } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Choice } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";
import { count, money, people, share, when } from "../parts/words";
import { Next } from "./flow_next";

type Health = FlowsData["health"];

export const MODES = [{ value: "OFF", label: "Off" }, { value: "SHADOW", label: "Shadow", tone: "info" }, { value: "LIVE", label: "Live", tone: "good" }];

export function Flows() {
  const asked = useAsk(FlowsQuestion, {});
  const { data } = asked;
  if (!data) return <><Head title="Mail flows" />{asked.error ? <Failed error={asked.error} again={asked.reload} /> : <Loading what="Loading the flows" tall={4} />}</>;
  const on = data.flows.filter((flow) => flow.mode !== "OFF").length;
  const put = (flow: Card) => asked.put({ ...data, flows: data.flows.map((one) => (one.key === flow.key ? flow : one)) });
  const asleep = data.health.nothingSent && on === 0;
  return (
    <>
      <Head title="Mail flows" sub={`${on} of ${data.flows.length} on · ${people(data.health.inside)} inside`}>
        <Pause health={data.health} done={asked.reload} />
      </Head>
      <div class="stack">
        {asked.error && <Failed error={asked.error} again={asked.reload} />}
        {asleep && (
          <Notice tone="info" action={<ButtonLink to="/setup" first>Set up</ButtonLink>}>
            <strong>Nothing is sent yet.</strong> A few questions about your shop, a test mail, then the first flow.
          </Notice>
        )}
        {!asleep && data.health.problems.length > 0 && (
          <Notice tone="warn" action={<Link to="/setup">Look at it</Link>}>
            <ul class="stack tight">{data.health.problems.slice(0, 3).map((problem) => <li key={problem.text}>{problem.text}</li>)}</ul>
          </Notice>
        )}
        <ul class="cards">
          {data.flows.map((flow) => <li key={flow.key}><FlowCard flow={flow} put={put} /></li>)}
        </ul>
      </div>
    </>
  );
}

function FlowCard({ flow, put }: { flow: Card; put: (flow: Card) => void }) {
  const shadow = flow.mode === "SHADOW";
  const { figures } = flow;
  return (
    <article class="card flow-card" aria-label={flow.name}>
      <div class="row top">
        <div class="grow">
          <h2><Link to={`/flows/${flow.key}`}>{flow.name}</Link></h2>
        </div>
        {flow.stoppedAt ? <Tag tone="bad">Stopped</Tag> : flow.retiredAt ? <Tag>Retired</Tag> : <Switch flow={flow} put={put} />}
      </div>
      <p class="weak">{flow.description}</p>
      <dl class="figures">
        <div><dt>Inside</dt><dd>{flow.mode === "OFF" && !figures.inside ? "–" : count(figures.inside)}</dd></div>
        <div><dt>{shadow ? "Would have sent" : "Sent, 30 d"}</dt><dd>{count(shadow ? figures.shadowed : figures.sent)}</dd></div>
        <div><dt>Clicked</dt><dd>{share(figures.clicked, figures.sent)}</dd></div>
        <Revenue of={figures.money} />
      </dl>
      <Next flow={flow} put={put} />
    </article>
  );
}

function Revenue({ of }: { of: Card["figures"]["money"] }) {
  if (!of) return null;
  const sums = of.revenue.filter((one) => Number(one.amount) !== 0);
  return (
    <div>
      <dt><abbr title="Orders within 5 days after a click in a mail of this flow, refunds taken off">Orders after a click</abbr></dt>
      <dd>{of.orders ? count(of.orders) : "–"}{sums.length > 0 && <small> · {sums.map(money).join(" · ")}</small>}</dd>
    </div>
  );
}

/** Off, shadow or live; going live is asked first, because it reaches people. */
export function Switch({ flow, put }: { flow: Card; put: (flow: Card) => void }) {
  const [asked, setAsked] = useState<FlowMode | null>(null);
  const [run, busy] = useChange(SwitchFlow);
  const set = async (mode: FlowMode) => {
    const { payload, errors } = await run({ key: flow.key, mode });
    setAsked(null);
    if (sayErrors(errors) || !payload?.flow) return;
    put(payload.flow);
    say(mode === "OFF" ? `${flow.name} is off.` : mode === "SHADOW" ? `${flow.name} runs in shadow: nothing is sent.` : `${flow.name} is live.`);
  };
  const ask = (mode: string) => (mode === "LIVE" || (mode === "OFF" && flow.figures.inside > 0) ? setAsked(mode as FlowMode) : void set(mode as FlowMode));
  return (
    <>
      <Choice label={`${flow.name} is`} value={asked ?? flow.mode} options={MODES} onInput={ask} />
      {asked === "LIVE" && (
        <Confirm title={`Switch ${flow.name} live?`} yes="Go live" busy={busy} confirm={() => void set("LIVE")} close={() => setAsked(null)}>
          <p>People who cross from now on enter and get mail. Nobody is written to for what happened before.</p>
        </Confirm>
      )}
      {asked === "OFF" && (
        <Confirm title={`Switch ${flow.name} off?`} yes="Switch off" busy={busy} confirm={() => void set("OFF")} close={() => setAsked(null)}>
          <p>Nobody enters any more, and the {people(flow.figures.inside)} inside get no further mail of it.</p>
        </Confirm>
      )}
    </>
  );
}

function Pause({ health, done }: { health: Health; done: () => Promise<void> }) {
  const [asked, setAsked] = useState(false);
  const [pause, pausing] = useChange(PauseMail);
  const [resume, resuming] = useChange(ResumeMail);
  const finish = async (errors: Record<string, string>, text: string) => {
    setAsked(false);
    if (!sayErrors(errors)) say(text);
    await done();
  };
  if (health.pausedAt) {
    return (
      <>
        <Tag tone="warn">All mail held since {when(health.pausedAt)}</Tag>
        <Button first busy={resuming} onClick={async () => finish((await resume({})).errors, "Mail goes on.")}>Go on</Button>
      </>
    );
  }
  return (
    <>
      <Button onClick={() => setAsked(true)}>Pause all</Button>
      {asked && (
        <Confirm title="Hold all mail?" yes="Hold all mail" busy={pausing} close={() => setAsked(false)} confirm={async () => finish((await pause({})).errors, "All mail is held.")}>
          <p>Nothing leaves until you go on. What waits keeps its own time limit: late cart mails will be skipped.</p>
        </Confirm>
      )}
    </>
  );
}
