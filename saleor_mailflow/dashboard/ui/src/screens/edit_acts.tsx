// What is done with a draft: look at its difference, publish it, throw it away.
import { useState } from "preact/hooks";

import { DiscardDraft, type DraftFields, MovePeople, PublishDraft } from "../api/queries";
import { useChange } from "../api/use";
import { go } from "../frame/router";
import { Button, Notice } from "../parts/basic";
import { Confirm, Dialog } from "../parts/dialog";
import { Check, Text } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";
import { people, readable } from "../parts/words";

export function DraftActs({ draft, inside, saved }: { draft: DraftFields; inside: number; saved: boolean }) {
  const [open, setOpen] = useState<"" | "publish" | "discard">("");
  const [note, setNote] = useState("");
  const [move, setMove] = useState(false);
  const [publish, publishing] = useChange(PublishDraft);
  const [moving, busyMoving] = useChange(MovePeople);
  const [discard, discarding] = useChange(DiscardDraft);
  const leave = () => go(`/flows/${draft.key}`, { sure: true });
  const run = async () => {
    const { payload, errors } = await publish({ key: draft.key, revision: draft.revision, note: note.trim() });
    if (sayErrors(errors) || !payload?.version) return;
    say(`Version ${payload.version.number} is what people enter from now on.`);
    if (move) {
      const moved = await moving({ key: draft.key });
      if (!sayErrors(moved.errors) && moved.payload) say(`${people(moved.payload.people ?? 0)} moved to it.`);
    }
    leave();
  };
  const drop = async () => {
    if (!sayErrors((await discard({ key: draft.key })).errors)) leave();
  };
  return (
    <>
      <Button onClick={() => setOpen("discard")}>Discard</Button>
      <Button first disabled={!saved} onClick={() => setOpen("publish")}>See difference and publish</Button>
      {open === "discard" && (
        <Confirm title="Throw this draft away?" yes="Throw away" danger busy={discarding} close={() => setOpen("")} confirm={drop}>
          <p>What people go through now stays as it is. {draft.changes.length === 1 ? "The one change of the draft is" : `The ${draft.changes.length} changes of the draft are`} lost.</p>
        </Confirm>
      )}
      {open === "publish" && (
        <Dialog title="What publishing changes" close={() => setOpen("")}>
          <Difference draft={draft} />
          {!draft.publishable && <Notice tone="bad">Finish first what is marked red: {draft.findings.find((one) => one.level === "ERROR")?.text ?? draft.conflict}</Notice>}
          <Text label="What you want to say about it" value={note} onInput={setNote} help="Stands beside the version. May be empty." />
          {inside > 0 && <Check label={`Move the ${people(inside)} inside to this version`} checked={move} onInput={setMove} help="Otherwise they go on by the version they entered with; its wording is always the newest." />}
          <div class="row">
            <Button onClick={() => setOpen("")}>Cancel</Button>
            <Button first busy={publishing || busyMoving} disabled={!saved || !draft.publishable || draft.changes.length === 0} onClick={run}>Publish</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** What fields are called where they are edited, when the key alone says something else. */
const FIELDS: Readonly<Record<string, string>> = {
  duration: "for", since: "counted from", after_mail: "at least so long after the last mail", at: "until this time, where they are", date: "until a date of theirs",
  lateness: "too late after", coupon: "code", products: "recommends", may_wait: "waits for its turn among other mails", prompt: "goes when due, whatever the hour",
  event: "until", of: "in the mail of", timeout: "at most for", own: "only about this cart, order or mail",
};

function Difference({ draft }: { draft: DraftFields }) {
  if (draft.changes.length === 0) return <p>Nothing: the draft is what people go through now.</p>;
  const standing = new Map(draft.people.map((one) => [one.key, one.count]));
  return (
    <ul class="stack tight difference">
      {draft.changes.map((change) => (
        <li key={change.text + change.step}>
          <strong>{change.step ? readable(change.step) : "The flow"}</strong>
          <span>{change.kind === "CHANGED" || change.kind === "SETTING" ? <>{FIELDS[change.field] ?? readable(change.field).toLowerCase()}: <del>{change.before}</del> <ins>{change.after}</ins></> : change.kind === "ADDED" ? <ins>added, {change.after}</ins> : change.kind === "REMOVED" ? <del>taken out</del> : <>moved: <del>{change.before}</del> <ins>{change.after}</ins></>}</span>
          {(standing.get(change.step) ?? 0) > 0 && <span class="weak small">{people(standing.get(change.step)!)} {standing.get(change.step) === 1 ? "stands" : "stand"} here</span>}
        </li>
      ))}
    </ul>
  );
}
