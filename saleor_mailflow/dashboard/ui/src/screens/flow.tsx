// One flow: the tree with the people in it, its switch, what it came to, and its versions.
import { useMemo, useState } from "preact/hooks";

import { BeginDraft, DraftThere, FlowDetail, RetireFlow, RollBackFlow } from "../api/queries";
import type { Card, Shown } from "../api/shapes";
import { useAsk, useChange } from "../api/use";
import { type Definition, find } from "../flow/tree";
import { Tree } from "../flow/view";
import { endWords, stepWords, triggerWords } from "../flow/words";
import { Icon } from "../flow/icons";
import { go } from "../frame/router";
import { Button, Empty, Failed, Head, Link, Loading, Notice, Tag } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { say, sayErrors } from "../parts/toast";
import { count, day, money, people, share } from "../parts/words";
import { BacktestCard } from "./flow_backtest";
import { Channels, LetInCard } from "./flow_reach";
import { Next } from "./flow_next";
import { Switch } from "./flows";

const BACK = { to: "/", name: "Flows" };
const MODE = { OFF: ["Off", ""], SHADOW: ["Shadow", "info"], LIVE: ["Live", "good"] } as const;

export function Screen({ id }: { id: string }) {
  const asked = useAsk(FlowDetail, { key: id });
  const flow = asked.data?.flow;
  if (!flow) {
    return (
      <>
        <Head title="Flow" back={BACK} />
        {asked.error ? <Failed error={asked.error} again={asked.reload} /> : asked.loading ? <Loading what="Loading the flow" tall={3} /> : <Empty title="There is no such flow">It may have another name now.</Empty>}
      </>
    );
  }
  return <Read flow={flow} reload={asked.reload} put={(fresh) => asked.put({ flow: { ...flow, ...fresh, version: flow.version } })} />;
}

function Read({ flow, put, reload }: { flow: Shown; put: (flow: Card) => void; reload: () => Promise<void> }) {
  const definition = useMemo(() => JSON.parse(flow.definition) as Definition, [flow.definition]);
  const [chosen, setChosen] = useState("");
  const waiting = new Map(flow.waiting.map((one) => [one.key, one.count]));
  const [label, tone] = MODE[flow.mode];
  return (
    <>
      <Head title={flow.name} back={BACK} sub={
        <span class="row tight">
          <Tag tone={tone}>{label}{flow.version ? ` · version ${flow.version.number}` : ""}</Tag>
          <Link to={`/flows/${flow.key}/people`}>{people(flow.figures.inside)} inside</Link>
        </span>
      }>
        {!flow.retiredAt && <Switch flow={flow} put={put} />}
        <Edit flow={flow} />
      </Head>
      {flow.next.kind !== "NOTHING" && <div class="stack above"><Notice tone={flow.next.kind === "RESUME" ? "bad" : "info"}><Next flow={flow} put={put} here={`/flows/${flow.key}`} /></Notice></div>}
      <div class="columns">
        <section aria-label="Steps">
          <Top definition={definition} waiting={0} />
          <Tree steps={definition.steps} waiting={waiting} findings={[]} chosen={chosen} choose={(one) => setChosen(chosen === one ? "" : one)} />
        </section>
        <div class="stack aside">
          {chosen && <Step flow={flow} definition={definition} id={chosen} waiting={waiting.get(chosen) ?? 0} />}
          <Figures flow={flow} />
          <BacktestCard flow={flow.key} />
          <Channels flow={flow} put={put} />
          {flow.mode !== "OFF" && <LetInCard flow={flow} />}
          <Versions flow={flow} reload={reload} />
          {flow.version && !flow.retiredAt && <Retire flow={flow} put={put} />}
        </div>
      </div>
    </>
  );
}

/** Begin the draft, or go on with it. */
function Edit({ flow }: { flow: Shown }) {
  const there = useAsk(DraftThere, { key: flow.key });
  const [begin, busy] = useChange(BeginDraft);
  const draft = there.data?.flowDraft;
  const open = async () => {
    if (!draft && sayErrors((await begin({ key: flow.key })).errors)) return;
    go(`/flows/${flow.key}/edit`);
  };
  return <Button first busy={busy} onClick={open}>{draft ? `Go on with the draft (${draft.changes.length})` : "Edit"}</Button>;
}

/** What ends it, and what starts it; `choose` makes them buttons that open their panels. */
export function Top({ definition, waiting, chosen = "", choose }: { definition: Definition; waiting: number; chosen?: string; choose?: (what: "ends" | "start") => void }) {
  const { title, line } = triggerWords(definition.trigger);
  const ends = <>Leaves at once when: {endWords(definition).join(" · ")}</>;
  const start = (
    <>
      <span class="pic"><Icon kind="start" /></span>
      <span class="what"><span class="title">{title}</span><span class="line">{line}</span></span>
      {waiting > 0 && <span class="there"><span class="num">{count(waiting)}</span><span class="line">waiting</span></span>}
    </>
  );
  return (
    <ol class="tree">
      <li>{choose ? <button type="button" class="goal" data-step="ends" aria-pressed={chosen === "ends"} onClick={() => choose("ends")}>{ends}</button> : <p class="goal">{ends}</p>}</li>
      <li>{choose ? <button type="button" class="node" aria-pressed={chosen === "start"} onClick={() => choose("start")}>{start}</button> : <div class="node fixed">{start}</div>}</li>
    </ol>
  );
}

function Step({ flow, definition, id, waiting }: { flow: Shown; definition: Definition; id: string; waiting: number }) {
  const found = find(definition, id);
  if (!found) return null;
  const { title, line } = stepWords(found.step);
  return (
    <section class="card stack tight" aria-label={title} aria-live="polite">
      <h2>{title}</h2>
      <p class="weak">{line}</p>
      {waiting > 0 && <p><Link to={`/flows/${flow.key}/people?step=${id}`}>{people(waiting)} here now</Link></p>}
      {found.step.type === "send" && (
        <>
          <p><Link to={`/messages?flow=${flow.key}&template=${encodeURIComponent(String(found.step["template"]))}`}>Mails of this step</Link></p>
          <h3>Before it goes out, each time</h3>
          <p class="weak small">not bought meanwhile · may be written to where they live · lines still in stock at today’s price · not more than their share of mail · not at night, where it can wait</p>
        </>
      )}
    </section>
  );
}

function Figures({ flow }: { flow: Shown }) {
  const { figures } = flow;
  const sums = (figures.money?.revenue ?? []).filter((one) => Number(one.amount) !== 0);
  const pairs: [string, string][] = [
    flow.mode === "SHADOW" ? ["Would have sent", count(figures.shadowed)] : ["Sent", count(figures.sent)],
    ["Delivered", figures.delivered ? share(figures.delivered, figures.sent) : "not told"],
    ["Clicked", share(figures.clicked, figures.sent)],
    ["Not sent", count(figures.heldBack)],
    ["Orders after a click", figures.money ? count(figures.money.orders) : "–"],
    ["Revenue, refunds taken off", sums.length ? sums.map(money).join(" · ") : "–"],
  ];
  return (
    <section class="card stack tight" aria-label="The last 30 days">
      <h2>The last 30 days</h2>
      <dl class="pairs">{pairs.map(([name, value]) => <><dt>{name}</dt><dd class="num">{value}</dd></>)}</dl>
      {figures.shadowed > 0 && <Link to={`/messages?flow=${flow.key}&state=SHADOWED`}>Read what shadow mode would have sent</Link>}
      {figures.heldBack > 0 && <Link to={`/messages?flow=${flow.key}&state=BLOCKED`}>See what was not sent, and why</Link>}
    </section>
  );
}

function Versions({ flow, reload }: { flow: Shown; reload: () => Promise<void> }) {
  const [back, setBack] = useState(0);
  const [run, busy] = useChange(RollBackFlow);
  const rollBack = async () => {
    const { errors } = await run({ key: flow.key, number: back });
    setBack(0);
    if (!sayErrors(errors)) say("People enter that version from now on.");
    await reload();
  };
  const versions = flow.versions?.edges.flatMap(({ node }) => (node ? [node] : [])) ?? [];
  if (versions.length === 0) return null;
  return (
    <section class="card stack tight" aria-label="Versions">
      <h2>Versions</h2>
      <ul class="stack tight">
        {versions.map((one) => (
          <li key={one.id}>
            <div class="row tight"><span class="num">{one.number}</span><span class="grow weak small">{day(one.publishedAt)} by {one.publishedBy}</span>{one.number === flow.version?.number ? <Tag tone="good">now</Tag> : <Button little onClick={() => setBack(one.number)}>Back to it</Button>}</div>
            {one.note && <p class="small">{one.note}</p>}
          </li>
        ))}
      </ul>
      {back > 0 && (
        <Confirm title={`Back to version ${back}?`} yes="Publish it again" busy={busy} close={() => setBack(0)} confirm={rollBack}>
          <p>It becomes the newest version. People inside go on by the version they entered with.</p>
        </Confirm>
      )}
    </section>
  );
}

function Retire({ flow, put }: { flow: Shown; put: (flow: Card) => void }) {
  const [asked, setAsked] = useState(false);
  const [run, busy] = useChange(RetireFlow);
  const retire = async () => {
    const { payload, errors } = await run({ key: flow.key });
    setAsked(false);
    if (sayErrors(errors) || !payload?.flow) return;
    put(payload.flow);
    say(`${flow.name} is retired.`);
  };
  return (
    <div>
      <Button little onClick={() => setAsked(true)}>Retire this flow</Button>
      {asked && (
        <Confirm title={`Retire ${flow.name}?`} yes="Retire" danger busy={busy} close={() => setAsked(false)} confirm={() => void retire()}>
          <p>Nobody enters any more; the {people(flow.figures.inside)} inside go on to the end. You can bring it back.</p>
        </Confirm>
      )}
    </div>
  );
}
