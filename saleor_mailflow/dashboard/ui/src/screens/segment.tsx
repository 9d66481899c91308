// One segment: its condition as questions, counted while it is typed, who is in it, and what would miss it.
import { useEffect, useState } from "preact/hooks";

import { ConditionCounted, DeleteSegment, SaveSegment, SegmentDetail, type SegmentDetailData, SegmentNames, SegmentPeople } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { ConditionForm } from "../flow/condition_form";
import type { Condition } from "../flow/tree";
import { conditionWords } from "../flow/words";
import { currentQuery, go, guardLeaving } from "../frame/router";
import { Button, Empty, Failed, Head, Link, Loading, Notice } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Text } from "../parts/fields";
import { keyFrom } from "../parts/keys";
import { say, sayErrors } from "../parts/toast";
import { beginning } from "./segment_beginnings";
import { Size } from "./segment_size";

type Segment = NonNullable<SegmentDetailData["segment"]>;

const BACK = { to: "/segments", name: "Segments" };

export function Screen({ id }: { id: string }) {
  const asked = useAsk(SegmentDetail, id === "new" ? null : { key: id });
  if (id === "new") return <Editor segment={null} />;
  if (asked.data?.segment) return <Editor key={asked.data.segment.updatedAt} segment={asked.data.segment} />;
  return (
    <>
      <Head title="Segment" back={BACK} />
      {asked.error ? <Failed error={asked.error} again={asked.reload} /> : asked.loading ? <Loading what="Loading the segment" /> : <Empty title="There is no such segment">It may have been deleted.</Empty>}
    </>
  );
}

function Editor({ segment }: { segment: Segment | null }) {
  const [start] = useState(() => (segment ? { name: segment.name, condition: JSON.parse(segment.condition) as Condition } : beginning(currentQuery().get("like"))));
  const [name, setName] = useState(start.name);
  const [condition, setCondition] = useState<Condition>(start.condition);
  const [wrong, setWrong] = useState("");
  const [asking, setAsking] = useState<"" | "delete" | "leave">("");
  const [to, setTo] = useState("");
  const [save, saving] = useChange(SaveSegment);
  const [remove, removing] = useChange(DeleteSegment);
  const names = useAsk(SegmentNames, {}).data?.segments ?? [];
  const written = JSON.stringify(condition);
  const dirty = name !== start.name || written !== JSON.stringify(start.condition);
  useEffect(() => (dirty ? guardLeaving(() => "changes", (path) => { setTo(path); setAsking("leave"); }) : undefined), [dirty]);
  const keep = async () => {
    if (!name.trim()) return setWrong("Give it a name first.");
    const key = segment?.key ?? keyFrom(name, names.map((one) => one.key), "segment");
    const { errors } = await save({ key, name: name.trim(), condition: written });
    setWrong(Object.values(errors)[0] ?? "");
    if (Object.keys(errors).length > 0) return;
    say("Saved.");
    go("/segments", { sure: true });
  };
  const drop = async () => {
    setAsking("");
    if (sayErrors((await remove({ key: segment?.key ?? "" })).errors)) return;
    say("Deleted.");
    go("/segments", { sure: true });
  };
  return (
    <>
      <Head title={segment ? segment.name : "New segment"} back={BACK}>
        {segment && <Button onClick={() => setAsking("delete")}>Delete</Button>}
        <Button first busy={saving} disabled={Boolean(segment) && !dirty} onClick={keep}>Save</Button>
      </Head>
      <div class="columns">
        <div class="stack">
          {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
          <section class="card stack" aria-label="Who is in it">
            <Text label="Name" value={name} onInput={setName} />
            <ConditionForm condition={condition} lead="People are in it when" nothing="Nothing is asked yet, so everybody is in it." change={setCondition} />
          </section>
        </div>
        <div class="stack aside">
          <Counted written={written} condition={condition} />
          {segment && <People segment={segment.key} />}
          {segment && <Uses segment={segment} />}
        </div>
      </div>
      {asking === "delete" && segment && (
        <Confirm title={`Delete ${segment.name}?`} yes="Delete" danger busy={removing} close={() => setAsking("")} confirm={drop}>
          <p>The people stay as they are; only the way to pick them out goes. It cannot be deleted while a flow that is on, or another segment, asks for it.</p>
        </Confirm>
      )}
      {asking === "leave" && (
        <Confirm title="Leave without saving?" yes="Leave" close={() => setAsking("")} confirm={() => go(to, { sure: true })}>
          <p>What you changed here is not saved.</p>
        </Confirm>
      )}
    </>
  );
}

/** How many the condition picks out now, asked again a moment after the last change. */
function Counted({ written, condition }: { written: string; condition: Condition }) {
  const [sent, setSent] = useState(written);
  useEffect(() => {
    const timer = setTimeout(() => setSent(written), 500);
    return () => clearTimeout(timer);
  }, [written]);
  const asked = useAsk(ConditionCounted, { condition: sent });
  return (
    <section class="card stack tight" aria-label="Now">
      <h2>Now</h2>
      <p role="status" class="figure"><Size size={asked.loading && !asked.data ? null : (asked.data?.segmentSize ?? null)} error={asked.error} /></p>
      <p class="weak small">{conditionWords(condition)}</p>
    </section>
  );
}

/** Some of those who are in it, for whoever may see people. */
function People({ segment }: { segment: string }) {
  const people = useAsk(SegmentPeople, { key: segment }).data?.segment?.people?.edges.flatMap(({ node }) => (node ? [node] : [])) ?? [];
  if (people.length === 0) return null;
  return (
    <section class="card stack tight" aria-label="Some of them">
      <h2>Some of them</h2>
      <ul class="stack tight">{people.map((one) => <li key={one.id}><Link to={`/contacts/${encodeURIComponent(one.email)}`}>{`${one.firstName} ${one.lastName}`.trim() || one.email}</Link></li>)}</ul>
    </section>
  );
}

function Uses({ segment }: { segment: Segment }) {
  const nothing = segment.flows.length + segment.segments.length === 0;
  return (
    <section class="card stack tight" aria-label="Used by">
      <h2>Used by</h2>
      {nothing && <p class="weak">No flow asks for it yet. Choose it as what starts a flow, at entry, or in a question on the way.</p>}
      <ul class="stack tight">
        {segment.flows.map((one) => <li key={one.key}><Link to={`/flows/${one.key}`}>{one.name}</Link></li>)}
        {segment.segments.map((one) => <li key={one.key}><Link to={`/segments/${encodeURIComponent(one.key)}`}>Segment {one.name}</Link></li>)}
      </ul>
    </section>
  );
}
