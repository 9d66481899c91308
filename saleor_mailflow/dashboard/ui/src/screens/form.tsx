// One sign-up form: what it asks and promises, in each language, and how it comes onto a page.
import { useEffect, useState } from "preact/hooks";

import { type FormFields, Forms, type FormsData, SaveForm, SwitchForm } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { go, guardLeaving } from "../frame/router";
import { Button, Empty, Failed, Head, Link, Loading, Notice, Tag } from "../parts/basic";
import { useChannels } from "../parts/channels";
import { Confirm } from "../parts/dialog";
import { Check, Select, Text } from "../parts/fields";
import { keyFrom } from "../parts/keys";
import { languageOptions, textIn, withText } from "../parts/languages";
import { say, sayErrors } from "../parts/toast";
import { readable } from "../parts/words";
import { FIELDS, type FormDefinition, definitionOf } from "./form_definition";
import { ShowIt } from "./form_show";
import { Survey } from "./form_survey";

type Topic = FormsData["topics"][number];
const BACK = { to: "/forms", name: "Sign-up forms" };

export function Screen({ id }: { id: string }) {
  const asked = useAsk(Forms, {});
  if (!asked.data) return <><Head title="Sign-up form" back={BACK} />{asked.error ? <Failed error={asked.error} again={asked.reload} /> : <Loading what="Loading the form" />}</>;
  const form = asked.data.signUpForms.find((one) => one.key === id) ?? null;
  if (!form && id !== "new") return <><Head title="Sign-up form" back={BACK} /><Empty title="There is no such form">It may have another name in its address.</Empty></>;
  return <Editor key={form?.key ?? ""} form={form} taken={asked.data.signUpForms.map((one) => one.key)} topics={asked.data.topics} reload={asked.reload} />;
}

function Editor({ form, taken, topics, reload }: { form: FormFields | null; taken: readonly string[]; topics: readonly Topic[]; reload: () => Promise<void> }) {
  const kept = form ? JSON.stringify(definitionOf(form.definition)) : "";
  const [typed, setTyped] = useState<FormDefinition>(() => (form ? definitionOf(form.definition) : { fields: ["name"] }));
  const [name, setName] = useState("");
  const [channel, setChannel] = useState(form?.channel ?? "");
  const [language, setLanguage] = useState("en");
  const [wrong, setWrong] = useState("");
  const [to, setTo] = useState("");
  const [save, saving] = useChange(SaveForm);
  const [run, switching] = useChange(SwitchForm);
  const channels = useChannels();
  const dirty = form ? JSON.stringify(typed) !== kept || channel !== form.channel : name !== "" || JSON.stringify(typed) !== '{"fields":["name"]}';
  useEffect(() => (dirty ? guardLeaving(() => "changes", setTo) : undefined), [dirty]);
  const set = (part: Partial<FormDefinition>) => setTyped((old) => ({ ...old, ...part }));
  const keep = async () => {
    if (!form && !name.trim()) return setWrong("Give it a name first; it stands in its address.");
    const key = form?.key ?? keyFrom(name, taken, "form").replaceAll("_", "-");
    const { errors } = await save({ key, definition: JSON.stringify({ ...typed, origins: (typed.origins ?? []).map((one) => one.trim()).filter(Boolean) }), channel });
    setWrong(Object.values(errors)[0] ?? "");
    if (Object.keys(errors).length > 0) return;
    say(form ? "Saved." : "It is open.");
    await reload();
    go(form ? "/forms" : `/forms/${key}`, { sure: true });
  };
  const turn = async () => {
    if (!form) return;
    if (!sayErrors((await run({ key: form.key, active: !form.active })).errors)) say(form.active ? "Closed: nobody can sign up by it." : "Open.");
    await reload();
  };
  const written = [typed.title, typed.intro, typed.consent, typed.reward];
  const text = (part: "title" | "intro" | "consent" | "reward") => ({ value: textIn(typed[part], language), onInput: (value: string) => set({ [part]: withText(typed[part], language, value) }) });
  const toggle = (part: "fields" | "topics", key: string, on: boolean) => set({ [part]: on ? [...(typed[part] ?? []), key] : (typed[part] ?? []).filter((one) => one !== key) });
  return (
    <>
      <Head title={form ? textIn(typed.title, "en") || readable(form.key) : "New sign-up form"} back={BACK} sub={form && <span class="row tight">{form.active ? <Tag tone="good">Open</Tag> : <Tag>Closed</Tag>}<span>{form.key}</span></span>}>
        {form && <Button busy={switching} onClick={turn}>{form.active ? "Close it" : "Open it"}</Button>}
        <Button first busy={saving} disabled={Boolean(form) && !dirty} onClick={keep}>{form ? "Save" : "Save and open"}</Button>
      </Head>
      <div class="columns">
        <div class="stack">
          {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
          {form?.problems.map((one) => <Notice key={one} tone="warn">{one}</Notice>)}
          {!form && <section class="card stack" aria-label="What you call it"><Text label="Name" value={name} onInput={setName} placeholder="such as Footer" help="Only for you, and in its address." /></section>}
          <section class="card stack" aria-label="What it says">
            <div class="row"><h2 class="grow">What it says</h2><Select label="Language" hideLabel value={language} options={languageOptions(written)} onInput={setLanguage} /></div>
            <Text label="Title" {...text("title")} help="Empty: our own words, in the visitor’s language." />
            <Text label="What comes of it" lines={2} {...text("intro")} placeholder="What you write about, and how often." />
            <Text label="What they agree to" lines={2} {...text("consent")} help="Kept word by word with their yes, so say what you are going to do." />
            <Text label="Shown once they confirmed" lines={2} {...text("reward")} placeholder="A thank-you, perhaps with a code for the first order." />
          </section>
          <section class="card stack" aria-label="What it asks">
            <h2>What it asks</h2>
            <fieldset class="field"><legend class="label">Beside the address</legend>{FIELDS.map(([key, label]) => <Check key={key} label={label} checked={(typed.fields ?? ["name"]).includes(key)} onInput={(on) => (typed.fields ? toggle("fields", key, on) : set({ fields: on ? ["name", key] : ["name"].filter((one) => one !== key) }))} />)}</fieldset>
            <fieldset class="field">
              <legend class="label">Topics to choose from</legend>
              {topics.filter((one) => one.active || typed.topics?.includes(one.key)).map((one) => <Check key={one.key} label={one.names.find((text) => text.language === "en")?.text ?? one.key} checked={typed.topics?.includes(one.key) ?? false} onInput={(on) => toggle("topics", one.key, on)} />)}
              <p class="help">{topics.length > 0 ? "Without a topic they sign up for all mail." : "They sign up for all mail."} <Link to="/topics">Your topics</Link></p>
            </fieldset>
            <Survey survey={typed.survey ?? []} language={language} change={(survey) => set({ survey })} />
          </section>
        </div>
        <div class="stack aside">
          {form && <ShowIt form={form} />}
          <section class="card stack" aria-label="Where it is from">
            <Select label="Channel" value={channel} options={[{ value: "", label: "All channels" }, ...channels.options]} onInput={setChannel} help="Whose look and sender it has; the yes counts for that channel’s sending entity." />
            <Text label="Sites that may embed it" lines={2} value={(typed.origins ?? []).join("\n")} onInput={(value) => set({ origins: value === "" ? [] : value.split("\n") })} placeholder="https://shop.example" help="One a line. Others are refused." />
          </section>
        </div>
      </div>
      {to && (
        <Confirm title="Leave without saving?" yes="Leave" close={() => setTo("")} confirm={() => go(to, { sure: true })}>
          <p>What you changed here is not saved.</p>
        </Confirm>
      )}
    </>
  );
}
