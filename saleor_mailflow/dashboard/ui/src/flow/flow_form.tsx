// The side panels of the flow itself: what it is called, what starts it, who comes again, and what ends it early.
import { Button } from "../parts/basic";
import { Check, Duration, Select, Text } from "../parts/fields";
import { alwaysEnds, endingsFor } from "./endings";
import { useFocus } from "./focus";
import type { Definition } from "./tree";
import { TriggerForm } from "./trigger_form";

type Topic = { readonly key: string; readonly active: boolean; readonly names: readonly { readonly language: string; readonly text: string }[] };
type Props = { definition: Definition; edit: (definition: Definition) => void };

export function General({ definition, topics, edit }: Props & { topics: readonly Topic[] }) {
  const set = (part: { readonly [key: string]: string | number | boolean }) => edit({ ...definition, ...part });
  /** What is not said stands not in the JSON. */
  const setOrLeave = (key: string) => (value: string) => {
    const { [key]: _old, ...rest } = definition;
    edit((value ? { ...rest, [key]: value } : rest) as Definition);
  };
  const nameOf = (topic: Topic) => topic.names.find((one) => one.language === "en")?.text ?? topic.key;
  const offered = topics.filter((one) => one.active).map((one) => ({ value: one.key, label: nameOf(one) }));
  return (
    <section class="card stack" aria-label="The flow itself">
      <h2>The flow itself</h2>
      <Text label="Name" value={definition.name} onInput={(name) => set({ name })} />
      <Text label="What it does" lines={3} value={definition.description} onInput={(description) => set({ description })} />
      <h3>What starts it</h3>
      <TriggerForm definition={definition} edit={edit} />
      <h3>Who comes again</h3>
      <Select label="The same person may enter" value={String(definition["reentry"] ?? "crossing")} options={[{ value: "crossing", label: "each time, but" }, { value: "never", label: "once in their life" }]} onInput={(value) => setOrLeave("reentry")(value === "crossing" ? "" : value)} />
      {definition["reentry"] !== "never" && <Duration label="At most once in" value={Number(definition["once_per"] ?? 0)} onInput={(once_per) => set({ once_per })} />}
      <h3>When it may</h3>
      <div class="row tight top">
        <Text class="grow" label="From this day" type="date" value={String(definition["valid_from"] ?? "")} onInput={setOrLeave("valid_from")} />
        <Text class="grow" label="To this day" type="date" value={String(definition["valid_until"] ?? "")} onInput={setOrLeave("valid_until")} />
      </div>
      {offered.length > 0 && definition["purpose"] !== "transactional" && <Select label="Topic" value={String(definition["topic"] ?? "marketing")} options={[{ value: "marketing", label: "All mail" }, ...offered]} onInput={(topic) => set({ topic })} help="Only those get it who did not say no to it." />}
      <p class="weak small">Choose a step to change it, + to put one in, or the green field on top for what ends the flow early.</p>
    </section>
  );
}

export function Endings({ definition, edit, close }: Props & { close: () => void }) {
  const heading = useFocus<HTMLHeadingElement>("ends");
  const ends = definition.ends ?? [];
  const known = endingsFor(definition);
  const toggle = (key: string, on: boolean) => {
    const fresh = on ? [...ends, key] : ends.filter((one) => one !== key);
    const { ends: _old, ...rest } = definition;
    edit((fresh.length > 0 ? { ...rest, ends: fresh } : rest) as Definition);
  };
  return (
    <section class="card stack" aria-label="What ends it early">
      <div class="row"><h2 class="grow" tabIndex={-1} ref={heading}>What ends it early</h2><Button plain aria-label="Close" onClick={close}>×</Button></div>
      <p class="weak">Asked before every step, and once more right before a mail leaves.</p>
      {known.length > 0 && (
        <fieldset class="field">
          <legend class="label">They leave at once when</legend>
          {known.map((one) => <Check key={one.key} label={one.words} help={one.help} checked={ends.includes(one.key)} onInput={(on) => toggle(one.key, on)} />)}
        </fieldset>
      )}
      <p class="small weak">Whatever is chosen, they leave when {alwaysEnds(definition).join(", or when ")}.</p>
    </section>
  );
}
