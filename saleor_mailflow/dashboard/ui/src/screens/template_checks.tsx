// What is doubtful in own words, and the mail in one's own mailbox.
import { useState } from "preact/hooks";

import { SendTestMail, TemplateChecked, type TemplateWordsInput } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Notice } from "../parts/basic";
import { Text } from "../parts/fields";

/** What the API finds wrong or doubtful, the errors first. */
export function Checked({ template, language, words }: { template: string; language: string; words: TemplateWordsInput | null }) {
  const asked = useAsk(TemplateChecked, words ? { key: template, language, words } : null);
  const found = asked.data?.templateLint ?? [];
  return <>{found.map((one) => <Notice key={one.where + one.sentence} tone={one.level === "ERROR" ? "bad" : "warn"}>{one.sentence} <span class="small">({one.where})</span></Notice>)}</>;
}

/** Send the mail as it is on the screen, with the example; marked, and out of every figure. */
export function TestSend({ template, language, words }: { template: string; language: string; words: TemplateWordsInput | null }) {
  const [to, setTo] = useState("");
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const [send, busy] = useChange(SendTestMail);
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const { payload, errors } = await send({ to: to.trim(), template, language, words });
    setSaid({ good: payload?.sent ?? false, text: payload?.sentence ?? Object.values(errors)[0] ?? "" });
  };
  return (
    <form class="stack tight" onSubmit={run}>
      <div class="row tight bottom">
        <Text class="grow" label="Send it to yourself" type="email" value={to} onInput={setTo} autoComplete="email" required />
        <Button type="submit" busy={busy}>Send a test</Button>
      </div>
      {said && <Notice tone={said.good ? "good" : "bad"} urgent>{said.text}</Notice>}
    </form>
  );
}
