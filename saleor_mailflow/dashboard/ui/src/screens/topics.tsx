// Topics: the kinds of mail that people choose one by one, on forms and in the preference centre.
import { useState } from "preact/hooks";

import { CloseTopic, Forms, SaveTopic, type TopicFields } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Empty, Failed, Head, Loading, Notice, Tag } from "../parts/basic";
import { Confirm, Dialog } from "../parts/dialog";
import { Select, Text } from "../parts/fields";
import { keyFrom } from "../parts/keys";
import { type Texts, languageOptions, textIn, withText } from "../parts/languages";
import { PeopleTabs } from "../parts/tabs";
import { say, sayErrors } from "../parts/toast";

type Rows = readonly { readonly language: string; readonly text: string }[];
const held = (rows: Rows): Record<string, string> => Object.fromEntries(rows.map((one) => [one.language, one.text]));
const listed = (texts: Texts): { language: string; text: string }[] => (typeof texts === "string" ? [{ language: "en", text: texts }] : Object.entries(texts).map(([language, text]) => ({ language, text })));

export function Screen() {
  const asked = useAsk(Forms, {});
  const [open, setOpen] = useState<TopicFields | null>(null);
  const [closing, setClosing] = useState<TopicFields | null>(null);
  const [save] = useChange(SaveTopic);
  const [close, busy] = useChange(CloseTopic);
  const rows = asked.data?.topics ?? [];
  const fresh = (): TopicFields => ({ key: "", position: rows.length, active: true, names: [], descriptions: [] });
  const again = async (one: TopicFields) => {
    if (!sayErrors((await save({ key: one.key, names: [...one.names], descriptions: [...one.descriptions], position: one.position })).errors)) say("It is offered again.");
    await asked.reload();
  };
  return (
    <>
      <Head title="Topics" sub="Who may choose stays longer: less mail instead of none.">
        <Button first onClick={() => setOpen(fresh())}>New topic</Button>
      </Head>
      <PeopleTabs />
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the topics" />}
      {asked.data && rows.length === 0 && <Empty title="No topic yet" action={<Button first onClick={() => setOpen(fresh())}>Make the first</Button>}>People say yes or no to all mail. With topics, such as recipes and offers, they choose one by one.</Empty>}
      {rows.length > 0 && (
        <ul class="list">
          {rows.map((one) => (
            <li key={one.key}>
              <div class="line">
                <span class="title">{held(one.names)["en"] ?? one.key} <span class="weak small">{one.key}</span></span>
                <span class="side">{one.active ? <Tag tone="good">Offered</Tag> : <Tag>Not offered</Tag>}</span>
                <span class="weak small">{held(one.descriptions)["en"]}</span>
                <span class="side row tight">
                  <Button little aria-label={`Change ${held(one.names)["en"] ?? one.key}`} onClick={() => setOpen(one)}>Change</Button>
                  {one.active ? <Button little onClick={() => setClosing(one)}>Offer no longer</Button> : <Button little onClick={() => void again(one)}>Offer again</Button>}
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
      {open && <Form key={open.key} topic={open} taken={rows.map((one) => one.key)} close={() => setOpen(null)} done={asked.reload} />}
      {closing && (
        <Confirm title={`Offer ${held(closing.names)["en"] ?? closing.key} no longer?`} yes="Offer no longer" busy={busy} close={() => setClosing(null)}
          confirm={async () => { if (!sayErrors((await close({ key: closing.key })).errors)) say("It is offered no longer."); setClosing(null); await asked.reload(); }}>
          <p>It is taken off forms and the preference centre. What people said about it is kept, and goes on counting.</p>
        </Confirm>
      )}
    </>
  );
}

function Form({ topic, taken, close, done }: { topic: TopicFields; taken: readonly string[]; close: () => void; done: () => Promise<void> }) {
  const [names, setNames] = useState<Texts>(() => held(topic.names));
  const [descriptions, setDescriptions] = useState<Texts>(() => held(topic.descriptions));
  const [position, setPosition] = useState(String(topic.position));
  const [language, setLanguage] = useState("en");
  const [wrong, setWrong] = useState("");
  const [save, saving] = useChange(SaveTopic);
  const keep = async () => {
    const key = topic.key || keyFrom(textIn(names, "en"), [...taken, "marketing"], "topic");
    const { errors } = await save({ key, names: listed(names), descriptions: listed(descriptions), position: Math.trunc(Number(position) || 0) });
    setWrong(Object.values(errors)[0] ?? "");
    if (Object.keys(errors).length > 0) return;
    say("Saved.");
    close();
    await done();
  };
  return (
    <Dialog title={topic.key ? `Change ${textIn(held(topic.names), "en") || topic.key}` : "New topic"} close={close}>
      {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
      <Select label="Language" value={language} options={languageOptions([names, descriptions])} onInput={setLanguage} />
      <Text label="Name" value={textIn(names, language)} onInput={(value) => setNames(withText(names, language, value))} help={language === "en" ? "In English at least: it stands where there is none in somebody’s language." : undefined} />
      <Text label="What comes of it, in a sentence" lines={2} value={textIn(descriptions, language)} onInput={(value) => setDescriptions(withText(descriptions, language, value))} />
      <Text label="Its place among the others" type="number" value={position} onInput={setPosition} help="The lowest is first." />
      <div class="row"><Button onClick={close}>Cancel</Button><Button first busy={saving} onClick={keep}>Save</Button></div>
    </Dialog>
  );
}
