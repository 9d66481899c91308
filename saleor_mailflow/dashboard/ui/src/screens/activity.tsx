// Who changed what, the newest first, with what it was and what it became.
import { useRef, useState } from "preact/hooks";

import { Activity, type ActivityData } from "../api/queries";
import { Button, Empty, Failed, Head, Loading, More } from "../parts/basic";
import { Select } from "../parts/fields";
import { usePages } from "../parts/pages";
import { readable, when } from "../parts/words";

type Change = NonNullable<NonNullable<ActivityData["auditEntries"]>["edges"][number]["node"]>;

const ALWAYS = ["settings", "shop"];

export function Screen() {
  const [subject, setSubject] = useState("");
  const list = usePages(Activity, subject ? { subject } : {}, (data) => data.auditEntries);
  // What was seen so far can be picked: flows, people, offers as they come.
  const seen = useRef(new Set(ALWAYS));
  for (const one of list.rows) if (one.subject) seen.current.add(one.subject);
  const subjects = [{ value: "", label: "Everything" }, ...[...seen.current].sort().map((value) => ({ value, label: about(value) }))];
  return (
    <>
      <Head title="Activity" sub="Who changed what. Nothing here can be changed or deleted." />
      <div class="filters"><Select label="About" value={subject} onInput={setSubject} options={subjects} /></div>
      {list.error && <Failed error={list.error} again={list.reload} />}
      {!list.data && !list.error && <Loading what="Loading the changes" tall={3} />}
      {list.data && list.rows.length === 0 && <Empty title="Nothing was changed yet">Switching a flow, a setting, an export: each leaves a line here with who did it.</Empty>}
      {list.rows.length > 0 && <ul class="list">{list.rows.map((one) => <li key={one.id}><Line change={one} /></li>)}</ul>}
      <More shown={list.rows.length} total={list.total} busy={list.busy} next={list.next} />
    </>
  );
}

function Line({ change }: { change: Change }) {
  const [open, setOpen] = useState(false);
  const told = change.before || change.after;
  return (
    <div class="line">
      <span class="title">{done(change)} <span class="weak small">{about(change.subject)}</span></span>
      <time class="side" dateTime={change.at}>{when(change.at)}</time>
      <span class="weak small">by {change.actor}</span>
      <span class="side">{told && <Button little aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Less" : "What changed"}</Button>}</span>
      {open && (
        <div class="stack tight">
          {change.before && <div class="change"><span class="weak small">Before</span><pre>{shown(change.before)}</pre></div>}
          {change.after && <div class="change"><span class="weak small">After</span><pre>{shown(change.after)}</pre></div>}
        </div>
      )}
    </div>
  );
}

/** `flow:win_back` → `Flow: win back`. What stands behind the colon may be a key, an id or an address. */
function about(subject: string): string {
  const [kind = "", ...which] = subject.split(":");
  return which.length ? `${readable(kind)}: ${which.join(":").replaceAll("_", " ")}` : readable(kind);
}

/** What was done; a flow that was switched says how. */
function done(change: Change): string {
  const after: unknown = change.action === "flow.switched" && change.after ? JSON.parse(change.after) : null;
  const mode = after && typeof after === "object" && "mode" in after ? after.mode : "";
  return typeof mode === "string" && mode ? `${readable(change.action)} ${mode === "shadow" ? "to shadow" : mode}` : readable(change.action);
}

function shown(json: string): string {
  const value: unknown = JSON.parse(json);
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).map(([key, one]) => `${readable(key)}: ${typeof one === "string" ? one : JSON.stringify(one)}`).join("\n");
}
