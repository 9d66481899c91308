// People as the shop knows them; and why somebody got mail or did not, for any address.
import { useEffect, useState } from "preact/hooks";

import { type ContactFilterInput, Contacts } from "../api/queries";
import { currentQuery, go } from "../frame/router";
import { Button, ButtonLink, Empty, Failed, Head, Link, Loading, More, Tag } from "../parts/basic";
import { Select, Text } from "../parts/fields";
import { usePages } from "../parts/pages";
import { PeopleTabs } from "../parts/tabs";
import { country, day, language } from "../parts/words";

export function Screen() {
  const [search, setSearch] = useState(currentQuery().get("search") ?? "");
  const [account, setAccount] = useState("");
  const [tag, setTag] = useState(currentQuery().get("tag") ?? "");
  const [filter, setFilter] = useState<ContactFilterInput>({});
  useEffect(() => {
    const timer = setTimeout(() => {
      const found: ContactFilterInput = {};
      if (search.trim().length > 1) found.search = search.trim();
      if (account) found.withAccount = account === "yes";
      if (tag.trim()) found.tags = [tag.trim()];
      setFilter(found);
    }, 300);
    return () => clearTimeout(timer);
  }, [search, account, tag]);
  const list = usePages(Contacts, { filter }, (data) => data.contacts);
  const filtered = Object.keys(filter).length > 0;
  return (
    <>
      <Head title="Contacts" sub="What each person got, will get and did not get, and why."><ButtonLink to="/import">Import</ButtonLink></Head>
      <PeopleTabs />
      <div class="filters" role="search">
        <Text class="search" label="Search" type="search" value={search} onInput={setSearch} placeholder="Address or name" />
        <Select label="Account" value={account} onInput={setAccount} options={[{ value: "", label: "With and without" }, { value: "yes", label: "Customers" }, { value: "no", label: "Guests" }]} />
        <Text label="Tag" value={tag} onInput={setTag} placeholder="such as engaged" />
      </div>
      {list.error && <Failed error={list.error} again={list.reload} />}
      {!list.data && !list.error && <Loading what="Loading the contacts" tall={3} />}
      {list.data && list.rows.length === 0 && (filtered
        ? <Empty title="Nobody like this" action={search.includes("@") ? <Button first onClick={() => go(`/contacts/${encodeURIComponent(search.trim())}`)}>Why did {search.trim()} get nothing?</Button> : undefined}>Nobody fits what you asked for.</Empty>
        : <Empty title="Nobody yet" action={<Link to="/setup" class="button first">Set up</Link>}>People appear when they leave an address in a checkout, order, or sign up. Past orders are taken in by “mailflow backfill”.</Empty>)}
      {list.rows.length > 0 && (
        <ul class="list" aria-busy={list.loading}>
          {list.rows.map((one) => (
            <li key={one.id}>
              <Link to={`/contacts/${encodeURIComponent(one.email)}`}>
                <span class="title">{one.email}</span>
                <span class="side"><time dateTime={one.updatedAt} title="When something last changed about them">{day(one.updatedAt)}</time></span>
                <span class="weak small">
                  {[`${one.firstName} ${one.lastName}`.trim(), one.customer ? "Customer" : "Guest", language(one.language), country(one.country)].filter(Boolean).join(" · ")}
                </span>
                <span class="side">
                  <Permission contact={one} /> {one.tags.slice(0, 2).map(({ tag }) => <Tag key={tag}>{tag}</Tag>)}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <More shown={list.rows.length} total={list.total} busy={list.busy} next={list.next} />
    </>
  );
}

function Permission({ contact }: { contact: { readonly suppressions: readonly unknown[]; readonly consents: readonly { state: string; topic: string }[] } }) {
  if (contact.suppressions.length > 0) return <Tag tone="bad">No mail</Tag>;
  const said = contact.consents.find((one) => one.topic === "marketing");
  if (!said) return null;
  return said.state === "GRANTED" ? <Tag tone="good">Said yes</Tag> : <Tag tone="warn">Said no</Tag>;
}
