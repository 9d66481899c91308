// Fields of forms, each with its label, its help and what is wrong with it, tied together for screen readers.
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

type Common = { label: string; help?: ComponentChildren; wrong?: string | undefined; hideLabel?: boolean; class?: string };

function Frame({ id, label, help, wrong, hideLabel, class: name, children }: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class={`field ${name ?? ""}`}>
      <label for={id} class={hideLabel ? "hidden" : ""}>{label}</label>
      {children}
      {help && <div class="help" id={`${id}-help`}>{help}</div>}
      {wrong && <div class="wrong" id={`${id}-wrong`} role="alert">{wrong}</div>}
    </div>
  );
}

function tied(id: string, help: unknown, wrong: unknown) {
  const about = [help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return { id, "aria-describedby": about || undefined, "aria-invalid": wrong ? ("true" as const) : undefined };
}

type TextProps = Common & { value: string; onInput: (value: string) => void; type?: "text" | "search" | "date" | "email" | "password" | "number" | "time"; lines?: number; code?: boolean } & Pick<JSX.IntrinsicElements["input"], "placeholder" | "autoComplete" | "inputMode" | "min" | "max" | "required" | "readOnly">;

export function Text({ label, help, wrong, hideLabel, class: name, value, onInput, type = "text", lines, code, ...rest }: TextProps) {
  const id = useId();
  const common = { ...tied(id, help, wrong), class: code ? "input code" : "input", value, spellcheck: !code };
  return (
    <Frame id={id} label={label} help={help} wrong={wrong} hideLabel={hideLabel ?? false} class={name ?? ""}>
      {lines
        ? <textarea {...common} rows={lines} placeholder={rest.placeholder} readOnly={rest.readOnly} onInput={(event) => onInput(event.currentTarget.value)} />
        : <input {...common} {...rest} {...({ type } as { type: "text" })} onInput={(event) => onInput(event.currentTarget.value)} />}
    </Frame>
  );
}

export type Option = { readonly value: string; readonly label: string };

export function Select({ label, help, wrong, hideLabel, class: name, value, options, onInput }: Common & { value: string; options: readonly Option[]; onInput: (value: string) => void }) {
  const id = useId();
  const known = options.some((one) => one.value === value);
  return (
    <Frame id={id} label={label} help={help} wrong={wrong} hideLabel={hideLabel ?? false} class={name ?? ""}>
      <select {...tied(id, help, wrong)} class="input" value={value} onChange={(event) => onInput(event.currentTarget.value)}>
        {!known && <option value={value}>{value || "Choose …"}</option>}
        {options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
      </select>
    </Frame>
  );
}

export function Check({ label, help, checked, onInput }: { label: ComponentChildren; help?: ComponentChildren; checked: boolean; onInput: (checked: boolean) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label class="check" for={id}>
        <input id={id} type="checkbox" checked={checked} aria-describedby={help ? `${id}-help` : undefined} onChange={(event) => onInput(event.currentTarget.checked)} />
        <span>{label}</span>
      </label>
      {help && <div class="help" id={`${id}-help`}>{help}</div>}
    </div>
  );
}

/** One of few, side by side. */
export function Choice({ label, value, options, onInput }: { label: string; value: string; options: readonly (Option & { tone?: string })[]; onInput: (value: string) => void }) {
  const name = useId();
  return (
    <fieldset>
      <legend class="hidden">{label}</legend>
      <div class="modes">
        {options.map((one) => (
          <label key={one.value}>
            <input type="radio" name={name} value={one.value} checked={one.value === value} onChange={() => onInput(one.value)} />
            <span class={one.tone ?? ""}>{one.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const UNITS: readonly [string, number][] = [["days", 86_400], ["hours", 3_600], ["minutes", 60]];

/** A length of time in seconds, typed as a number and its unit. */
export function Duration({ label, help, wrong, value, onInput }: Common & { value: number; onInput: (seconds: number) => void }) {
  const id = useId();
  const [name, size] = UNITS.find(([, one]) => value % one === 0 && value >= one) ?? UNITS[value === 0 ? 1 : 2]!;
  const typed = (text: string, unit: number) => onInput(Math.max(0, Math.round(Number(text) || 0)) * unit);
  return (
    <Frame id={id} label={label} help={help} wrong={wrong}>
      <div class="row tight">
        <input {...tied(id, help, wrong)} class="input short" style={{ width: "88px" }} type="number" min="0" value={value / size} onInput={(event) => typed(event.currentTarget.value, size)} />
        <select class="input short" aria-label={`${label}: unit`} value={name} onChange={(event) => typed(String(value / size), UNITS.find(([one]) => one === event.currentTarget.value)![1])}>
          {UNITS.map(([one]) => <option key={one} value={one}>{one}</option>)}
        </select>
      </div>
    </Frame>
  );
}
