// A flow tried on the shop's own past, before anybody gets a mail of it.
import { useState } from "preact/hooks";

import { ask } from "../api/client";
import { Backtest, type BacktestData } from "../api/queries";
import { sentenceOf } from "../api/use";
import { Button, Notice } from "../parts/basic";
import { Select } from "../parts/fields";
import { count, day, people, readable } from "../parts/words";

type Found = NonNullable<BacktestData["flowBacktest"]>;

const DAYS = [{ value: "30", label: "the last 30 days" }, { value: "90", label: "the last 90 days" }, { value: "7", label: "the last week" }];

/** `draft` tries what is being made, not what people enter now. */
export function BacktestCard({ flow, draft = false }: { flow: string; draft?: boolean }) {
  const [days, setDays] = useState("30");
  const [found, setFound] = useState<Found | null | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const run = async () => {
    setBusy(true);
    setWrong("");
    try {
      setFound((await ask(Backtest, { key: flow, days: Number(days), draft })).flowBacktest);
    } catch (error) {
      setWrong(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card stack tight" aria-label="Tried on your past">
      <h2>Tried on your past</h2>
      <p class="weak small">What {draft ? "this draft" : "this flow"} would have come to, had it been on. Nothing is written and nothing is sent.</p>
      <div class="row tight bottom">
        <Select class="grow" label="Over" value={days} options={DAYS} onInput={setDays} />
        <Button busy={busy} onClick={run}>Try it</Button>
      </div>
      <div role="status" class="stack tight">
        {busy && <progress aria-label="Going through the past" />}
        {found === null && !busy && <p class="weak">Nothing in the past could start this flow: it begins by hand, by another flow or by the calendar.</p>}
        {found && !busy && <Result found={found} days={Number(days)} />}
      </div>
      {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
    </section>
  );
}

function Result({ found, days }: { found: Found; days: number }) {
  const about = found.exact ? "" : "about ";
  const pairs: [string, string][] = [
    ["Met what starts it", count(found.crossed)],
    ["Would have entered", about + count(found.entered)],
    ["Mails", about + count(found.mails)],
    ["A day, on average", (found.mails / days).toLocaleString(undefined, { maximumFractionDigits: 1 })],
    ...(found.codes > 0 ? [["Codes reserved", about + count(found.codes)] as [string, string]] : []),
  ];
  return (
    <>
      <dl class="pairs">{pairs.map(([name, value]) => <><dt>{name}</dt><dd class="num">{value}</dd></>)}</dl>
      {found.days.length > 1 && <Days found={found} />}
      {found.steps.length > 1 && <><h3>By mail</h3><dl class="pairs">{found.steps.map((one) => <><dt>{readable(one.key)}</dt><dd class="num">{count(one.count)}</dd></>)}</dl></>}
      {found.left.length > 0 && <><h3>Left before the end</h3><ul class="said small">{found.left.map((one) => <li key={one.key}>{people(one.count)}: {one.sentence}</li>)}</ul></>}
      {found.caveats.map((one) => <p key={one} class="weak small">{one}</p>)}
    </>
  );
}

/** Mails by day as bars; the words below say what the bars show. */
function Days({ found }: { found: Found }) {
  const most = Math.max(...found.days.map((one) => one.count));
  const busiest = found.days.find((one) => one.count === most)!;
  const by = new Map(found.days.map((one) => [one.key, one.count]));
  const first = Date.parse(found.days[0]!.key);
  const length = Math.round((Date.parse(found.days[found.days.length - 1]!.key) - first) / 86_400_000) + 1;
  const bars = Array.from({ length }, (_, at) => by.get(new Date(first + at * 86_400_000).toISOString().slice(0, 10)) ?? 0);
  return (
    <figure class="bars">
      <svg viewBox={`0 0 ${bars.length * 4} 40`} preserveAspectRatio="none" aria-hidden="true">
        {bars.map((number, at) => <rect key={at} x={at * 4 + 0.5} y={40 - (38 * number) / most} width="3" height={(38 * number) / most} />)}
      </svg>
      <figcaption class="weak small">Most on one day: {count(most)}, on {day(busiest.key)}.</figcaption>
    </figure>
  );
}
