// Every mail there is, by its flow: in which languages, and where the words are the merchant's own.
import { Templates, type TemplatesData } from "../api/queries";
import { useAsk } from "../api/use";
import { ButtonLink, Failed, Head, Link, Loading, Tag } from "../parts/basic";
import { language, readable } from "../parts/words";

type Row = TemplatesData["templates"][number];

export function Screen() {
  const asked = useAsk(Templates, {});
  const groups = new Map<string, Row[]>();
  for (const one of asked.data?.templates ?? []) {
    const flow = one.key.split("/")[0] ?? "";
    groups.set(flow, [...(groups.get(flow) ?? []), one]);
  }
  const nameOf = (key: string) => asked.data?.flows.find((flow) => flow.key === key)?.name ?? readable(key);
  return (
    <>
      <Head title="Templates" sub="The wording of every mail. Each comes written in all languages; write your own where you like."><ButtonLink to="/look">Logo, colours, type</ButtonLink></Head>
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the templates" tall={3} />}
      <div class="stack wide">
        {[...groups].map(([flow, rows]) => (
          <section key={flow} class="stack tight" aria-label={nameOf(flow)}>
            <h2>{nameOf(flow)}</h2>
            <ul class="list">{rows.map((one) => <li key={one.key}><Line one={one} /></li>)}</ul>
          </section>
        ))}
      </div>
    </>
  );
}

function Line({ one }: { one: Row }) {
  const own = new Set(one.versions.filter((version) => version.publishedAt && !version.withdrawn).map((version) => version.language));
  return (
    <Link to={`/templates/${encodeURIComponent(one.key)}`}>
      <span class="title">{readable(one.key)}</span>
      <span class="side">{own.size > 0 ? <Tag tone="info">Your words: {[...own].join(", ")}</Tag> : <Tag>As it came</Tag>}</span>
      <span class="weak small">{one.languages.map(language).join(", ")} · {one.purpose}</span>
      <span class="side" />
    </Link>
  );
}
