// Mails: sent, waiting and not sent, with the reason of each.
import { useEffect, useState } from "preact/hooks";

import { type MessageFilterInput, type MessageState, Messages } from "../api/queries";
import { currentQuery, go } from "../frame/router";
import { Button, Empty, Failed, Head, Link, Loading, More, Tag } from "../parts/basic";
import { Select, Text } from "../parts/fields";
import { usePages } from "../parts/pages";
import { STATES } from "../parts/states";
import { readable, when } from "../parts/words";

const KEPT = ["search", "flow", "state", "clicked", "since", "template"] as const;
type Kept = Record<(typeof KEPT)[number], string>;

function fromAddress(): Kept {
  const query = currentQuery();
  return Object.fromEntries(KEPT.map((name) => [name, query.get(name) ?? ""])) as Kept;
}

function filterOf(kept: Kept): MessageFilterInput {
  const found: MessageFilterInput = {};
  if (kept.search.trim().length > 1) found.search = kept.search.trim();
  if (kept.flow) found.flow = kept.flow;
  if (kept.template) found.template = kept.template;
  if (kept.state) found.states = [kept.state as MessageState];
  if (kept.clicked) found.clicked = kept.clicked === "yes";
  if (kept.since) found.since = new Date(kept.since).toISOString();
  return found;
}

export function Screen() {
  const [kept, setKept] = useState(fromAddress);
  const [settled, setSettled] = useState(kept);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(kept), 300);
    return () => clearTimeout(timer);
  }, [kept]);
  useEffect(() => {
    const query = new URLSearchParams(Object.entries(settled).filter(([, value]) => value)).toString();
    if (query !== new URLSearchParams(Object.entries(fromAddress()).filter(([, value]) => value)).toString()) go(`/messages${query ? `?${query}` : ""}`, { replace: true });
  }, [settled]);
  const list = usePages(Messages, { filter: filterOf(settled) }, (data) => data.messages);
  const flows = list.data?.flows ?? [];
  const nameOf = (key: string) => flows.find((one) => one.key === key)?.name ?? readable(key);
  const set = (name: keyof Kept) => (value: string) => setKept((old) => ({ ...old, [name]: value }));
  const filtered = Object.values(settled).some(Boolean);
  return (
    <>
      <Head title="Messages" sub="Every mail that was decided on: sent, waiting or not sent, and why." />
      <div class="filters" role="search">
        <Text class="search" label="Search" type="search" value={kept.search} onInput={set("search")} placeholder="Subject or address" />
        <Select label="Flow" value={kept.flow} onInput={set("flow")} options={[{ value: "", label: "All flows" }, ...flows.map((one) => ({ value: one.key, label: one.name })), { value: "sent_again", label: "Sent again by hand" }]} />
        <Select label="State" value={kept.state} onInput={set("state")} options={[{ value: "", label: "All states" }, ...Object.entries(STATES).map(([value, { label }]) => ({ value, label }))]} />
        <Select label="Clicked" value={kept.clicked} onInput={set("clicked")} options={[{ value: "", label: "Either way" }, { value: "yes", label: "Clicked" }, { value: "no", label: "Not clicked" }]} />
        <Text label="Since" type="date" value={kept.since} onInput={set("since")} />
      </div>
      {list.error && <Failed error={list.error} again={list.reload} />}
      {!list.data && !list.error && <Loading what="Loading the mails" tall={3} />}
      {list.data && list.rows.length === 0 && (filtered
        ? <Empty title="No mail like this" action={<Button onClick={() => setKept(Object.fromEntries(KEPT.map((name) => [name, ""])) as Kept)}>Show all</Button>}>Nothing fits what you asked for.</Empty>
        : <Empty title="No mail yet" action={<Link to="/" class="button first">To the flows</Link>}>Switch a flow to shadow first: here you will read what it would have sent, and to whom.</Empty>)}
      {list.rows.length > 0 && (
        <ul class="list" aria-busy={list.loading}>
          {list.rows.map((mail) => (
            <li key={mail.id}>
              <Link to={`/messages/${encodeURIComponent(mail.id)}`}>
                <span class="title">{mail.subject || readable(mail.template)}</span>
                <span class="side">{when(mail.endedAt ?? mail.dueAt)}</span>
                <span class="weak small">{mail.recipient} · {nameOf(mail.flowKey)}{mail.state === "ACCEPTED" ? "" : ` · ${mail.sentence}`}</span>
                <span class="side">{mail.clickedAt && <><Tag tone="good">Clicked</Tag> </>}<Tag tone={STATES[mail.state].tone}>{STATES[mail.state].label}</Tag></span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <More shown={list.rows.length} total={list.total} busy={list.busy} next={list.next} />
    </>
  );
}
