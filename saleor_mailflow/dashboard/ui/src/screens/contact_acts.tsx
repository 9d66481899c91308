// What may be done for one person: hand them their data, write no more, erase. Each is asked in the page.
import { useState } from "preact/hooks";

import { EraseContact, ExportContact, SuppressAddress, UnsuppressAddress } from "../api/queries";
import type { Person } from "../api/shapes";
import { useChange } from "../api/use";
import { Button, Notice } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Text } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";

export function Acts({ person, reload }: { person: Person; reload: () => Promise<void> }) {
  const [open, setOpen] = useState<"" | "suppress" | "erase">("");
  const [typed, setTyped] = useState("");
  const [exporting, busyExport] = useChange(ExportContact);
  const [suppress, busySuppress] = useChange(SuppressAddress);
  const [unsuppress, busyUnsuppress] = useChange(UnsuppressAddress);
  const [erase, busyErase] = useChange(EraseContact);
  if (person.erasedAt) return null;
  const byHand = person.suppressions.some((one) => one.reason === "MANUAL");
  const finish = async (errors: Record<string, string>, text: string) => {
    setOpen("");
    if (!sayErrors(errors)) say(text);
    await reload();
  };
  const save = async () => {
    const { payload, errors } = await exporting({ email: person.email });
    if (sayErrors(errors) || !payload?.document) return;
    const file = new Blob([JSON.stringify(JSON.parse(payload.document), null, 2)], { type: "application/json" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "contact.json" });
    link.click();
    URL.revokeObjectURL(link.href);
    say("Everything we hold on them is in contact.json. That it was asked for is noted.");
  };
  return (
    <>
      <Button busy={busyExport} onClick={save}>Export</Button>
      {byHand
        ? <Button busy={busyUnsuppress} onClick={async () => finish((await unsuppress({ email: person.email })).errors, "They may get mail again, where they said yes.")}>Allow mail again</Button>
        : <Button onClick={() => setOpen("suppress")}>No more mail</Button>}
      <Button danger onClick={() => setOpen("erase")}>Erase</Button>
      {open === "suppress" && (
        <Confirm title="Write no more to this address?" yes="No more mail" busy={busySuppress} close={() => setOpen("")}
          confirm={async () => finish((await suppress({ email: person.email })).errors, "No marketing mail goes there from now on.")}>
          <p>{person.email} gets no marketing mail from now on. Order mails still go out. You can take it back.</p>
        </Confirm>
      )}
      {open === "erase" && (
        <Confirm title="Erase this person?" yes="Erase for ever" danger busy={busyErase} close={() => setOpen("")}
          confirm={async () => (typed.trim().toLowerCase() === person.email ? finish((await erase({ email: person.email })).errors, "Erased.") : undefined)}>
          <Notice tone="bad">This cannot be taken back. Name and address leave everything we hold; purchases and figures stay without a name.</Notice>
          <Text label={`Type ${person.email} to go on`} value={typed} onInput={setTyped} autoComplete="off" />
        </Confirm>
      )}
    </>
  );
}
