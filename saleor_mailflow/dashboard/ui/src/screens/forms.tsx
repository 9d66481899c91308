// Sign-up forms: by which people ask for mail, how many did, and where each is shown.
import { Forms } from "../api/queries";
import { useAsk } from "../api/use";
import { ButtonLink, Empty, Failed, Head, Link, Loading, Tag } from "../parts/basic";
import { useChannels } from "../parts/channels";
import { textIn } from "../parts/languages";
import { PeopleTabs } from "../parts/tabs";
import { count, people, readable, share } from "../parts/words";
import { definitionOf } from "./form_definition";

export function Screen() {
  const asked = useAsk(Forms, {});
  const channels = useChannels();
  const rows = asked.data?.signUpForms ?? [];
  return (
    <>
      <Head title="Sign-up forms" sub="People ask for mail here. A mail asks back, and only a yes from the mailbox counts.">
        <ButtonLink to="/forms/new" first>New form</ButtonLink>
      </Head>
      <PeopleTabs />
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the forms" />}
      {asked.data && rows.length === 0 && (
        <Empty title="No form yet" action={<ButtonLink to="/forms/new" first>Make the first</ButtonLink>}>A page of ours that you link to, or a piece of HTML for your storefront. Whoever says yes is welcomed by the welcome flow.</Empty>
      )}
      {rows.length > 0 && (
        <ul class="list">
          {rows.map((one) => (
            <li key={one.key}>
              <Link to={`/forms/${encodeURIComponent(one.key)}`}>
                <span class="title">{textIn(definitionOf(one.definition).title, "en") || readable(one.key)}</span>
                <span class="side">{one.problems.length > 0 ? <Tag tone="bad">To mend</Tag> : one.active ? <Tag tone="good">Open</Tag> : <Tag>Closed</Tag>}</span>
                <span class="weak small">{one.key}{one.channel ? ` · ${channels.nameOf(one.channel)}` : ""}</span>
                <span class="side">{one.asked > 0 ? `${people(one.asked)} asked · ${count(one.confirmed)} confirmed (${share(one.confirmed, one.asked)})` : "nobody asked yet"}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
