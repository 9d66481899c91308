// One person: what they got and what not, each with its reason; what they said about mail; what may be done for them.
import { useState } from "preact/hooks";

import { AskWhy, ContactDetail } from "../api/queries";
import type { Person } from "../api/shapes";
import { useAsk } from "../api/use";
import { Empty, Failed, Head, Loading, Notice, Tag } from "../parts/basic";
import { Select } from "../parts/fields";
import { Timeline } from "../parts/timeline";
import { country, day, language, money, past, readable, when } from "../parts/words";
import { Acts } from "./contact_acts";
import { Tags } from "./contact_tags";

const BACK = { to: "/contacts", name: "Contacts" };

export function Screen({ id }: { id: string }) {
  const asked = useAsk(ContactDetail, id.includes("@") ? { email: id } : { id });
  const person = asked.data?.contact;
  if (person) return <Known person={person} reload={asked.reload} />;
  return (
    <>
      {(asked.error || asked.loading) && <Head title={id.includes("@") ? id : "Contact"} back={BACK} />}
      {asked.error ? <Failed error={asked.error} again={asked.reload} />
        : asked.loading ? <Loading what="Loading the contact" />
          : id.includes("@") ? <Stranger email={id} /> : <Empty title="There is no such contact">They may have been deleted in the shop.</Empty>}
    </>
  );
}

/** An address nobody has: the shop still can say why no mail goes there. */
function Stranger({ email }: { email: string }) {
  const asked = useAsk(AskWhy, { email });
  return (
    <>
      <Head title={email} back={BACK} sub="Nobody with this address is known here." />
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {asked.data && <Says says={asked.data.why.says} />}
      {asked.data && asked.data.why.says.length === 0 && <Empty title="No trace of this address">They left it in no checkout, order or form since Mailflow runs.</Empty>}
    </>
  );
}

function Known({ person, reload }: { person: Person; reload: () => Promise<void> }) {
  const [flow, setFlow] = useState("");
  const names = new Map(person.enrollments?.edges.flatMap(({ node }) => (node?.flow ? [[node.flow.key, node.flow.name] as const] : [])));
  const nameOf = (key: string) => names.get(key) ?? readable(key);
  const flows = [...new Set(person.why.timeline.map((entry) => entry.flow))];
  const entries = person.why.timeline.filter((entry) => !flow || entry.flow === flow);
  const name = `${person.firstName} ${person.lastName}`.trim();
  const sub = [name, person.customer ? "Customer" : "Guest", `since ${day(person.firstSeenAt)}`, language(person.language), country(person.country), person.timezone].filter(Boolean).join(" · ");
  return (
    <>
      <Head title={person.email} back={BACK} sub={sub}><Acts person={person} reload={reload} /></Head>
      <div class="columns">
        <section class="stack tight" aria-label="What they got, and what not">
          <div class="row">
            <h2 class="grow">What {person.firstName || "they"} got, and what not</h2>
            {flows.length > 1 && <Select label="Flow" hideLabel value={flow} onInput={setFlow} options={[{ value: "", label: "All flows" }, ...flows.map((key) => ({ value: key, label: nameOf(key) }))]} />}
          </div>
          {person.erasedAt && <Notice>Erased on {day(person.erasedAt)}: the name is taken out of everything we hold.</Notice>}
          {entries.length > 0
            ? <Timeline entries={entries} nameOf={nameOf} />
            : <Empty title="Nothing happened yet">They are in no flow and got no mail. What keeps them out stands beside this.</Empty>}
        </section>
        <div class="stack">
          <section class="card stack tight" aria-label="May we write?">
            <h2>May we write?</h2>
            <Says says={person.why.says} />
            {person.suppressions.map((one) => <Notice key={one.entity + one.reason} tone="bad">No marketing mail: {readable(one.reason).toLowerCase()} on {day(one.at)}. {one.detail}</Notice>)}
            {person.pausedUntil && <Notice>Paused by their own wish until {day(person.pausedUntil)}.</Notice>}
          </section>
          <Profile of={person.profile} />
          <Waiting rules={person.why.rules} />
          <Tags person={person} />
          <Consents person={person} />
        </div>
      </div>
    </>
  );
}

const LIFE: Record<string, string> = { NEW: "New", ACTIVE: "Looks around", CUSTOMER: "Customer", VIP: "One of the best", DORMANT: "Quiet for long", LOST: "Lost" };

/** What their orders and signs of life come to. */
function Profile({ of }: { of: Person["profile"] }) {
  if (!of) return null;
  const pairs: [string, string][] = [
    ["Stage", LIFE[of.lifecycle] ?? readable(of.lifecycle)],
    ["Orders", String(of.orders)],
    ["Spent, refunds taken off", of.spent.map(money).join(" · ")],
    ["Last order", of.lastOrderAt ? past(of.lastOrderAt) : ""],
    ["Usual gap", of.gapDays ? `${Math.round(of.gapDays)} days` : ""],
    ["Last sign of life", of.lastActiveAt ? past(of.lastActiveAt) : ""],
    ["Recency · frequency · value", of.recency && of.frequency && of.monetary ? `${of.recency} · ${of.frequency} · ${of.monetary} of 5` : ""],
  ];
  return (
    <section class="card stack tight" aria-label="As a customer">
      <h2>As a customer</h2>
      <dl class="pairs">{pairs.filter(([, value]) => value).map(([name, value]) => <><dt>{name}</dt><dd>{value}</dd></>)}</dl>
    </section>
  );
}

function Says({ says }: { says: readonly string[] }) {
  return <ul class="said">{says.map((one) => <li key={one}>{one}</li>)}</ul>;
}

/** The rules asked for the mail that waits: those that hold it first. */
function Waiting({ rules }: { rules: Person["why"]["rules"] }) {
  if (rules.length === 0) return null;
  const held = rules.filter((rule) => rule.sentence);
  return (
    <section class="card stack tight" aria-label="The mail that waits, asked now">
      <h2>If it went out now</h2>
      {held.length === 0 && <p>Every rule lets it pass.</p>}
      {held.map((rule) => <Notice key={rule.message + rule.rule} tone="warn">{rule.sentence}</Notice>)}
      <p class="weak small">{rules.length} rules asked: {rules.map((rule) => readable(rule.rule).toLowerCase()).join(" · ")}</p>
    </section>
  );
}

function Consents({ person }: { person: Person }) {
  if (person.consents.length === 0) return null;
  return (
    <section class="card stack tight" aria-label="What they said">
      <h2>What they said</h2>
      <ul class="stack tight">
        {person.consents.map((one) => (
          <li key={one.at + one.topic}>
            <div class="row tight"><Tag tone={one.state === "GRANTED" ? "good" : "warn"}>{one.state === "GRANTED" ? "Yes" : "No"}</Tag> <span>{readable(one.topic)}{one.entity && ` · ${one.entity}`}</span></div>
            <p class="weak small">{when(one.at)} · {readable(one.source)}{one.basis && ` · ${readable(one.basis).toLowerCase()}`}{one.expiresAt && ` · until ${day(one.expiresAt)}`}</p>
            {one.wording && <p class="small">“{one.wording}”</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
