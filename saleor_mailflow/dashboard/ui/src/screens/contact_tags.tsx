// The marks on one person: shown with who set them, added and taken off.
import { useState } from "preact/hooks";

import { UpdateTags } from "../api/queries";
import type { Person } from "../api/shapes";
import { useChange } from "../api/use";
import { Button } from "../parts/basic";
import { Text } from "../parts/fields";
import { sayErrors } from "../parts/toast";
import { day } from "../parts/words";

export function Tags({ person }: { person: Person }) {
  const [tags, setTags] = useState(person.tags);
  const [typed, setTyped] = useState("");
  const [update, busy] = useChange(UpdateTags);
  const change = async (add: string[], remove: string[]) => {
    const { payload, errors } = await update({ id: person.id, add, remove });
    if (sayErrors(errors) || !payload?.contact) return;
    setTags(payload.contact.tags);
    setTyped("");
  };
  const add = (event: Event) => {
    event.preventDefault();
    if (typed.trim() && !busy) void change([typed.trim()], []);
  };
  return (
    <section class="card stack tight" aria-label="Tags">
      <h2>Tags</h2>
      {tags.length > 0 && (
        <ul class="row tight">
          {tags.map((one) => (
            <li key={one.tag} class="tag" title={`Set by ${one.source}, ${day(one.at)}`}>
              {one.tag} <button type="button" aria-label={`Take off ${one.tag}`} onClick={() => void change([], [one.tag])}>×</button>
            </li>
          ))}
        </ul>
      )}
      <form class="row tight" onSubmit={add}>
        <Text class="grow" label="New tag" hideLabel value={typed} onInput={setTyped} placeholder="New tag" />
        <Button type="submit" busy={busy}>Add</Button>
      </form>
    </section>
  );
}
