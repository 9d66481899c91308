// One mail's wording: by language and channel, as it came or in the merchant's own words, with a preview beside it.
import { useEffect, useRef, useState } from "preact/hooks";

import { PreviewSubjects, SaveTemplate, ShownFor, TemplateDetail, type TemplateDetailData, TemplateShown, WithdrawTemplate, type TemplateWordsInput } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { go, guardLeaving } from "../frame/router";
import { Button, Empty, Failed, Head, Loading, Notice, Tag } from "../parts/basic";
import { useChannels } from "../parts/channels";
import { Confirm } from "../parts/dialog";
import { Select, Text } from "../parts/fields";
import { Preview } from "../parts/preview";
import { say, sayErrors } from "../parts/toast";
import { day, money, readable } from "../parts/words";
import { Blocks } from "./template_blocks";
import { Checked, TestSend } from "./template_checks";

type Template = NonNullable<TemplateDetailData["template"]>;
type Words = { subject: string; preheader: string; html: string; text: string };

const BACK = { to: "/templates", name: "Templates" };
const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });

export function Screen({ id }: { id: string }) {
  const asked = useAsk(TemplateDetail, { key: id });
  if (!asked.data) return <><Head title={readable(id)} back={BACK} />{asked.error ? <Failed error={asked.error} again={asked.reload} /> : <Loading what="Loading the template" />}</>;
  if (!asked.data.template) return <><Head title={readable(id)} back={BACK} /><Empty title="There is no such template">It may have another name now.</Empty></>;
  return <Wording template={asked.data.template} reload={asked.reload} />;
}

function wordsOf(template: Template, language: string, channel: string): Words | null {
  const found = template.versions.find((one) => one.language === language && one.channel === channel);
  return found && !found.withdrawn ? { subject: found.subject, preheader: found.preheader, html: found.html, text: found.text } : null;
}

/** Whom the example is written to (messages/examples.py). */
const EXAMPLE = "Anna";

/** Return the example's subject for everybody: the name becomes a variable; with figures of the example in it, nothing. */
function forEverybody(subject: string): string {
  if (/\d/.test(subject)) return "";
  const said = subject
    .replace(new RegExp(`^${EXAMPLE}, `), "{% if name %}{{ name }}, {% endif %}")
    .replace(new RegExp(`, ${EXAMPLE}(?!\\p{L})`, "u"), "{% if name %}, {{ name }}{% endif %}");
  return said.includes(EXAMPLE) ? "" : said;
}

/** What own words begin with: short, with one call to action. */
function beginning(subject: string): Words {
  return {
    subject, preheader: "",
    html: '<h1 class="title">Hello{% if name %} {{ name }}{% endif %}</h1>\n<p class="copy">Say it in your own words.</p>\n{{ button(shop_url, "Have a look") }}\n',
    text: 'Hello{% if name %} {{ name }}{% endif %},\n\nsay it in your own words.\n\n{{ button(shop_url, "Have a look") }}\n',
  };
}

function Wording({ template, reload }: { template: Template; reload: () => Promise<void> }) {
  const [language, setLanguage] = useState(template.languages.includes("en") ? "en" : template.languages[0] ?? "en");
  const [channel, setChannel] = useState("");
  const channels = useChannels();
  const kept = wordsOf(template, language, channel);
  const [words, setWords] = useState<Words | null>(kept);
  const [asking, setAsking] = useState<"" | "withdraw" | "leave">("");
  const [to, setTo] = useState("");
  const [save, saving] = useChange(SaveTemplate);
  const [withdraw, withdrawing] = useChange(WithdrawTemplate);
  const dirty = words !== null && JSON.stringify(words) !== JSON.stringify(kept);
  useEffect(() => setWords(wordsOf(template, language, channel)), [language, channel, template]);
  useEffect(() => (dirty ? guardLeaving(() => "changes", (path) => { setTo(path); setAsking("leave"); }) : undefined), [dirty]);

  const [sent, setSent] = useState<TemplateWordsInput | null>(words);
  useEffect(() => {
    const timer = setTimeout(() => setSent(words), 600);
    return () => clearTimeout(timer);
  }, [words]);
  const [subject, setSubject] = useState("");
  const example = useAsk(TemplateShown, subject ? null : { key: template.key, language, words: sent });
  const real = useAsk(ShownFor, subject ? { key: template.key, language, words: sent, ...(subject.startsWith("basket ") ? { basket: subject.slice(7) } : { purchase: subject.slice(6) }) } : null);
  const shown = subject
    ? { ...real, data: real.data && { templatePreview: real.data.mailPreview } }
    : example;
  // While the next is rendered the last one stays, so that nothing flickers under one's typing.
  const last = useRef(shown.data);
  last.current = shown.data ?? last.current;
  const preview = last.current?.templatePreview;

  const keep = async (publish: boolean) => {
    if (!words) return;
    const { errors } = await save({ key: template.key, language, channel, publish, words });
    if (sayErrors(errors)) return;
    say(publish ? "Published: mails say it so from now on." : "Kept as a draft: mails stay as they are.");
    await reload();
  };
  const goBack = async () => {
    const { errors } = await withdraw({ key: template.key, language, channel });
    setAsking("");
    if (!sayErrors(errors)) say("Mails say it as it came, from now on.");
    await reload();
  };
  const newest = template.versions.find((one) => one.language === language && one.channel === channel);
  const own = new Set(template.versions.filter((one) => one.language === language && !one.withdrawn).map((one) => one.channel));
  return (
    <>
      <Head title={readable(template.key)} back={BACK} sub={
        <span class="row tight">
          {words ? <Tag tone="info">Your words</Tag> : <Tag>As it came</Tag>}
          {newest && !newest.withdrawn && <span class="small">version {newest.number}, {newest.publishedAt ? `published ${day(newest.publishedAt)}` : "a draft"} by {newest.createdBy}</span>}
        </span>
      }>
        {words && kept && <Button onClick={() => setAsking("withdraw")}>Back to how it came</Button>}
        {words && <Button busy={saving} onClick={() => void keep(false)}>Keep as draft</Button>}
        {words && <Button first busy={saving} disabled={Boolean(preview?.problem)} onClick={() => void keep(true)}>Publish</Button>}
      </Head>
      <div class="filters">
        <Select label="Language" value={language} onInput={setLanguage} options={template.languages.map((one) => ({ value: one, label: LANGUAGES.of(one) ?? one }))} />
        <Select label="Channel" value={channel} onInput={setChannel} options={[{ value: "", label: "All channels" }, ...channels.options.map((one) => ({ ...one, label: own.has(one.value) ? `${one.label}, its own words` : one.label }))]} />
        <Subjects value={subject} change={setSubject} />
      </div>
      <div class="columns halves">
        <section class="stack" aria-label="Wording">
          {words ? <Source words={words} change={setWords} template={template} /> : (
            <Empty title="As it came" action={<Button first onClick={() => setWords(beginning(subject ? "" : forEverybody(preview?.subject ?? "")))}>Write your own</Button>}>
              Well tested, in {template.languages.length} languages, and with your logo and colours. Who writes, why, and how to stop it always stand around your own words too. Those begin short: what you see beside this is not taken over.
            </Empty>
          )}
        </section>
        <section class="stack tight" aria-label="Preview">
          {shown.error && <Failed error={shown.error} again={shown.reload} />}
          {preview?.problem && <Notice tone="bad" urgent>{preview.problem}</Notice>}
          {preview && !preview.problem && (
            <>
              <p><span class="weak">Subject:</span> <strong>{preview.subject}</strong></p>
              {words && <Checked template={template.key} language={language} words={sent} />}
              <Preview title={`Preview of “${readable(template.key)}”`} html={preview.html} text={preview.text} />
              <TestSend template={template.key} language={language} words={words} />
            </>
          )}
          {!preview && !shown.error && <Loading what="Rendering the example" tall={1} />}
        </section>
      </div>
      {asking === "withdraw" && (
        <Confirm title="Back to how it came?" yes="Take my words out" danger busy={withdrawing} close={() => setAsking("")} confirm={goBack}>
          <p>Mails in this language go back to the words of the package. Your words stay among the versions.</p>
        </Confirm>
      )}
      {asking === "leave" && (
        <Confirm title="Leave without saving?" yes="Leave" close={() => setAsking("")} confirm={() => go(to, { sure: true })}>
          <p>What you wrote here is not kept.</p>
        </Confirm>
      )}
    </>
  );
}

/** For whom the preview is rendered: the example, or one of the last orders and carts of the shop. */
function Subjects({ value, change }: { value: string; change: (value: string) => void }) {
  const asked = useAsk(PreviewSubjects, {});
  const orders = asked.data?.purchases?.edges.flatMap(({ node }) => (node ? [{ value: `order ${node.id}`, label: `Order ${node.number}, ${node.email}` }] : [])) ?? [];
  const carts = asked.data?.baskets?.edges.flatMap(({ node }) => (node ? [{ value: `basket ${node.id}`, label: `Cart of ${node.email || "somebody"}, ${money(node.total)}` }] : [])) ?? [];
  if (orders.length + carts.length === 0) return null;
  return <Select label="Shown for" value={value} onInput={change} options={[{ value: "", label: "The example" }, ...orders, ...carts]} />;
}

function Source({ words, change, template }: { words: Words; change: (words: Words) => void; template: Template }) {
  const [part, setPart] = useState<"html" | "text">("html");
  const set = (key: keyof Words) => (value: string) => change({ ...words, [key]: value });
  const insert = (snippet: string) => {
    const box = document.getElementById("source")?.querySelector("textarea");
    const at = box?.selectionStart ?? words[part].length;
    change({ ...words, [part]: words[part].slice(0, at) + snippet + words[part].slice(at) });
    box?.focus();
  };
  return (
    <>
      <Text label="Subject" value={words.subject} onInput={set("subject")} />
      <Text label="Preheader" value={words.preheader} onInput={set("preheader")} help="What mail programs show behind the subject." />
      <Select label="Part" value={part} onInput={(value) => setPart(value as "html" | "text")} options={[{ value: "html", label: "HTML" }, { value: "text", label: "Text, for programs that show none" }]} />
      <div id="source"><Text label={part === "html" ? "HTML" : "Text"} lines={20} code value={words[part]} onInput={set(part)} /></div>
      <Blocks blocks={template.blocks} variables={template.variables} insert={insert} />
    </>
  );
}
