// People taken in from another system's file: tried first, then taken in, piece by piece.
import { useState } from "preact/hooks";

import { ask } from "../api/client";
import { Forms, ImportContacts } from "../api/queries";
import { sentenceOf, useAsk } from "../api/use";
import { Button, Head, Notice } from "../parts/basic";
import { pieces } from "../parts/csv";
import { Select, Text } from "../parts/fields";
import { count, people } from "../parts/words";

type Sum = { read: number; fresh: number; consents: number; refused: { line: number; because: string }[]; dryRun: boolean };

const SHOWN = 50;

export function Screen() {
  const topics = useAsk(Forms, {}).data?.topics ?? [];
  const [file, setFile] = useState<File | null>(null);
  const [source, setSource] = useState("");
  const [topic, setTopic] = useState("marketing");
  const [done, setDone] = useState<{ at: number; of: number } | null>(null);
  const [sum, setSum] = useState<Sum | null>(null);
  const [wrong, setWrong] = useState("");
  const forget = () => {
    setSum(null);
    setWrong("");
  };
  const run = async (dryRun: boolean) => {
    if (!file) return setWrong("Choose a file first.");
    forget();
    const total: Sum = { read: 0, fresh: 0, consents: 0, refused: [], dryRun };
    try {
      const all = pieces(await file.text());
      for (const [at, piece] of all.entries()) {
        setDone({ at, of: all.length });
        const { contactsImport: found } = await ask(ImportContacts, { csv: piece.text, source, topic, dryRun });
        const error = found?.errors[0];
        if (error || !found) throw new Error(error?.message ?? "Nobody was taken in.");
        total.read += found.read ?? 0;
        total.fresh += found.new ?? 0;
        total.consents += found.consents ?? 0;
        total.refused.push(...(found.refusals ?? []).map((one) => ({ line: one.line + piece.firstLine - 2, because: one.because })));
      }
      setSum(total);
    } catch (error) {
      setWrong(`${sentenceOf(error)}${total.read > 0 && !dryRun ? ` ${count(total.read)} lines were read before; taking the file in again is safe.` : ""}`);
    } finally {
      setDone(null);
    }
  };
  return (
    <>
      <Head title="Import people" back={{ to: "/contacts", name: "Contacts" }} sub="From the newsletter list of another system. No flow begins for them, and who said no here stays out." />
      <div class="stack narrow">
        {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
        <section class="card stack" aria-label="The file">
          <div class="field">
            <label for="file">CSV file in UTF-8</label>
            <input id="file" class="input" type="file" accept=".csv,text/csv" aria-describedby="file-help" onChange={(event) => { setFile(event.currentTarget.files?.[0] ?? null); forget(); }} />
            <div class="help" id="file-help">The first line names the columns: email, and where there are first_name, last_name, language, country, consent_at, birthday, tags.</div>
          </div>
          <Text label="Where they agreed" value={source} onInput={(value) => { setSource(value); forget(); }} placeholder="such as Mailchimp list 2025" help="Kept with each yes. Only take in people who agreed to mail of this shop." />
          {topics.some((one) => one.active) && <Select label="What they agreed to" value={topic} onInput={(value) => { setTopic(value); forget(); }} options={[{ value: "marketing", label: "All mail" }, ...topics.filter((one) => one.active).map((one) => ({ value: one.key, label: one.names.find((text) => text.language === "en")?.text ?? one.key }))]} />}
          <div class="row">
            <Button first={!sum?.dryRun} busy={done !== null} onClick={() => void run(true)}>Try it first</Button>
            {sum?.dryRun && <Button first busy={done !== null} onClick={() => void run(false)}>Take {people(sum.read - sum.refused.length)} in</Button>}
          </div>
          {done && <progress aria-label="Reading the file" value={done.at} max={done.of} />}
        </section>
        {sum && (
          <section class="card stack tight" aria-label="What came of it">
            <h2>{sum.dryRun ? "What it would come to" : "Taken in"}</h2>
            <p role="status">{count(sum.read)} lines read: {people(sum.fresh)} {sum.dryRun ? "would be" : sum.fresh === 1 ? "is" : "are"} new, {count(sum.consents)} {sum.consents === 1 ? "yes" : "yeses"} {sum.dryRun ? "would be" : sum.consents === 1 ? "was" : "were"} noted, {count(sum.refused.length)} refused.</p>
            {sum.refused.length > 0 && <ul class="said small">{sum.refused.slice(0, SHOWN).map((one) => <li key={one.line}>Line {one.line}: {one.because}</li>)}</ul>}
            {sum.refused.length > SHOWN && <p class="weak small">… and {count(sum.refused.length - SHOWN)} more.</p>}
          </section>
        )}
      </div>
    </>
  );
}
