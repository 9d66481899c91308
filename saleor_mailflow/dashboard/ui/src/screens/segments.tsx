// Segments: people picked out by a saved condition, each with how many they are now and what uses it.
import { SegmentCounted, Segments, type SegmentsData } from "../api/queries";
import { useAsk } from "../api/use";
import { Button, ButtonLink, Empty, Failed, Head, Link, Loading } from "../parts/basic";
import { PeopleTabs } from "../parts/tabs";
import { go } from "../frame/router";
import { Size } from "./segment_size";
import { BEGINNINGS } from "./segment_beginnings";

type Row = SegmentsData["segments"][number];

export function Screen() {
  const asked = useAsk(Segments, {});
  const rows = asked.data?.segments ?? [];
  return (
    <>
      <Head title="Segments" sub="People picked out by what they did and who they are. Always as of now: nobody has to be put in.">
        <ButtonLink to="/segments/new" first>New segment</ButtonLink>
      </Head>
      <PeopleTabs />
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the segments" />}
      {asked.data && rows.length === 0 && (
        <Empty title="No segment yet" action={
          <div class="row tight centre">{BEGINNINGS.map((one) => <Button key={one.key} onClick={() => go(`/segments/new?like=${one.key}`)}>{one.name}</Button>)}</div>
        }>Flows begin with them, ask for them on the way, and send to them. Begin with one of these, or with your own.</Empty>
      )}
      {rows.length > 0 && <ul class="list">{rows.map((one) => <Line key={one.key} segment={one} />)}</ul>}
    </>
  );
}

function Line({ segment }: { segment: Row }) {
  const counted = useAsk(SegmentCounted, { key: segment.key });
  const uses = [...segment.flows, ...segment.segments];
  return (
    <li>
      <Link to={`/segments/${encodeURIComponent(segment.key)}`}>
        <span class="title">{segment.name}</span>
        <span class="side"><Size size={counted.data?.segment?.size ?? null} error={counted.error} /></span>
        <span class="weak small">{segment.sentence}</span>
        <span class="side">{uses.length > 0 ? `used by ${uses.map((one) => one.name).join(", ")}` : "not used yet"}</span>
      </Link>
    </li>
  );
}
