// Settings as a form: what was typed, what is wrong with it, saving only what changed. Secrets are written, never shown.
import { useState } from "preact/hooks";

import { SaveSettings, Settings, type SettingsData } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button } from "./basic";
import { NO_CHANNELS, useChannels } from "./channels";
import { Check, Select, Text } from "./fields";
import { type Line, linesOf, textOf } from "./providers";
import { say, sayErrors } from "./toast";

export const FILL_IN = "Fill this in to go on.";

export type Setting = SettingsData["settings"][number];

/** Settings with what was typed over them. */
export function useSettings() {
  const asked = useAsk(Settings, {});
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [run, busy] = useChange(SaveSettings);
  const all = asked.data?.settings ?? [];
  const by = new Map(all.map((one) => [one.key, one]));
  const value = (key: string) => typed[key] ?? by.get(key)?.value ?? "";
  const set = (key: string) => (fresh: string) => setTyped((old) => ({ ...old, [key]: fresh }));
  const changed = (keys?: readonly string[]) => Object.entries(typed).filter(([key, one]) => (!keys || keys.includes(key)) && one !== (by.get(key)?.value ?? ""));
  /** Tell whether nothing stands there, kept or typed; of a kept secret only that it is there is known. */
  const isEmpty = (key: string) => !value(key).trim() && !(typed[key] === undefined && by.get(key)?.isSet);
  /** Mark fields that have to be filled in; the mark of one goes when it is. */
  const mark = (names: readonly string[]) => setMarked(new Set(names));
  const lacks = (key: string) => marked.has(key) && isEmpty(key);
  /** Save what changed of these keys, or of all; returns whether all of it can be used. `also` is kept where nothing
   * was chosen: what is shown as chosen is then kept as chosen. `quiet` where the screen itself shows that it is saved. */
  const save = async (keys?: readonly string[], { also = {}, quiet = false }: { also?: Readonly<Record<string, string>>; quiet?: boolean } = {}): Promise<boolean> => {
    const unsaid = Object.entries(also).filter(([key]) => isEmpty(key));
    const input = [...changed(keys), ...unsaid].map(([key, one]) => ({ key, value: one }));
    if (input.length === 0) return true;
    const { payload, errors } = await run({ input });
    if (sayErrors(errors) || !payload) return false;
    if (payload.settings) asked.put({ settings: payload.settings });
    setTyped((old) => Object.fromEntries(Object.entries(old).filter(([key]) => !input.some((one) => one.key === key))));
    const wrong = payload.problems?.[0];
    if (wrong || !quiet) say(wrong ? wrong.text : "Saved.", wrong ? "bad" : "good");
    return !wrong;
  };
  return { ...asked, all, by, value, set, changed, isEmpty, mark, marked, lacks, save, busy };
}

export type Form = ReturnType<typeof useSettings>;

/** One setting by its own type. */
export function Field({ form, name, label, help }: { form: Form; name: string; label?: string; help?: string }) {
  const one = form.by.get(name);
  if (!one) return null;
  const wrong = one.problems[0] ?? (form.lacks(name) ? FILL_IN : undefined);
  const common = { label: label ?? one.label, help: help ?? one.help, wrong };
  if (one.type === "Boolean") return <Check label={common.label} help={common.help} checked={form.value(name) === "true"} onInput={(on) => form.set(name)(String(on))} />;
  if (one.type === "Secret" || one.type === "Password") return <SecretField form={form} one={one} {...common} />;
  return <Text {...common} {...(one.type === "Multiline" ? { lines: 4 } : {})} value={form.value(name)} onInput={form.set(name)} />;
}

function SecretField({ form, one, ...common }: { form: Form; one: Setting; label: string; help: string; wrong: string | undefined }) {
  const [open, setOpen] = useState(!one.isSet);
  if (!open) {
    return (
      <div class="field">
        <span class="label">{common.label}</span>
        <div class="row tight"><span class="grow">•••••••• is set</span><Button little onClick={() => setOpen(true)} aria-label={`Replace ${common.label}`}>Replace</Button></div>
      </div>
    );
  }
  return <Text {...common} type="password" autoComplete="off" value={form.value(one.key)} onInput={form.set(one.key)} />;
}

/** What the settings say of lines is said here of rows. */
const ROW_HELP: Record<string, string> = {
  storefront_links: "Open a cart in your shop, copy the address of that page, and write {checkout} where the cart’s id stands ({token} where that is a plain UUID). {code} is the code of the mail, and {variants} puts a cart together that is gone.",
  lawful_basis: "The law table asks for consent in the EU and in countries it does not know.",
  timezone: "Of people whose own is not known, such as Europe/Berlin. A person’s address comes first.",
  sending_entities: "Channels that mail under one name share what people said and who gets nothing. Without a row, the whole shop is one.",
};

/** A setting of `channel = value` lines as rows: one for all channels (`whole`), more for those that differ. */
export function PerChannel({ form, name, options, placeholder, whole = true }: { form: Form; name: string; options?: readonly { value: string; label: string }[]; placeholder?: string; whole?: boolean }) {
  const channels = useChannels();
  const one = form.by.get(name);
  if (!one) return null;
  const lines = linesOf(form.value(name));
  const rows: readonly Line[] = lines.length > 0 || !whole ? lines : [["*", ""]];
  const put = (number: number, line: Line | null) => {
    const fresh = rows.flatMap((row, at) => (at === number ? (line ? [line] : []) : [row]));
    form.set(name)(fresh.every(([, value]) => !value) && whole ? "" : textOf(fresh));
  };
  const free = channels.options.filter((option) => !rows.some(([channel]) => channel === option.value));
  const labelOf = (channel: string) => `${one.label}: ${channel === "*" ? "all channels" : channels.nameOf(channel)}`;
  return (
    <fieldset class="field">
      <legend class="label">{one.label}</legend>
      <div class="help">{ROW_HELP[name] ?? one.help}</div>
      {rows.map(([channel, value], number) => (
        <div key={number} class="row tight top">
          {channel === "*"
            ? <span class="input short weak channel">All channels</span>
            : <Select class="channel" label={`${one.label}: channel ${number + 1}`} hideLabel value={channel} options={channels.options.filter((option) => option.value === channel || free.includes(option))} onInput={(fresh) => put(number, [fresh, value])} />}
          {options
            ? <Select class="grow" label={labelOf(channel)} hideLabel value={value} options={options} onInput={(fresh) => put(number, [channel, fresh])} />
            : <Text class="grow" label={labelOf(channel)} hideLabel value={value} placeholder={placeholder ?? ""} onInput={(fresh) => put(number, [channel, fresh])} />}
          {channel !== "*" && <Button plain aria-label={`Take out ${channel || "this row"}`} onClick={() => put(number, null)}>×</Button>}
        </div>
      ))}
      {free[0]
        ? <div><Button little onClick={() => form.set(name)(textOf([...rows, [free[0]!.value, (whole && rows[0]?.[1]) || ""]]))}>{whole ? "Add a channel that differs" : "Add a channel"}</Button></div>
        : channels.known && channels.options.length === 0 && <p class="help">{NO_CHANNELS}</p>}
      {one.problems.map((text) => <div key={text} class="wrong">{text}</div>)}
      {form.lacks(name) && <div class="wrong" role="alert">{FILL_IN}</div>}
    </fieldset>
  );
}
