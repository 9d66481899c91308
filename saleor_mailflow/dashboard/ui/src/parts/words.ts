// Numbers, money and times as people read them.

const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** Return a time as day and clock; the year only where it is another one. */
export function when(iso: string | null | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  const year = at.getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...year }).format(at);
}

/** Return a day. */
export function day(iso: string | null | undefined): string {
  return iso ? new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" }).format(new Date(iso)) : "";
}

/** Return how far a time is from now: `in 3 minutes`, `2 days ago`. */
export function ago(iso: string): string {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const found = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return found ? RELATIVE.format(Math.round(seconds / found[1]), found[0]) : "just now";
}

/** Return how long ago something was. The shop's clock may be another than ours: what is still to come here is told as a day. */
export function past(iso: string): string {
  return Date.parse(iso) > Date.now() + 3_600_000 ? day(iso) : ago(iso);
}

/** Return the zone in which all times are shown: `Europe/Berlin`. */
export function zone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const LANGUAGE = new Intl.DisplayNames("en", { type: "language" });
const REGION = new Intl.DisplayNames("en", { type: "region" });

function named(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    // What a shop says may be no code at all.
    return code;
  }
}

/** Return a language by its name: `pl` → `Polish`. */
export function language(code: string): string {
  return code && named(LANGUAGE, code);
}

/** Return a country by its name: `PL` → `Poland`. */
export function country(code: string): string {
  return code && named(REGION, code);
}

/** Return an amount in its currency. */
export function money(one: { readonly amount: string; readonly currency: string }): string {
  const amount = Number(one.amount);
  const whole = Math.abs(amount) >= 1000 ? { maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(undefined, { style: "currency", currency: one.currency, ...whole }).format(amount);
}

/** Return a number with its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString();
}

/** Return `part` of `whole` in percent; a dash where there is no whole. */
export function share(part: number, whole: number): string {
  return whole > 0 ? new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }).format(part / whole) : "–";
}

/** Return seconds as people say them: `24 h`, `3 days`, `90 min`. */
export function duration(seconds: number): string {
  if (seconds === 0) return "no time";
  for (const [size, one, many] of [[86_400, "day", "days"], [3_600, "h", "h"], [60, "min", "min"]] as const) {
    if (seconds % size === 0 && (size !== 86_400 || seconds >= 2 * size || seconds === size)) {
      const number = seconds / size;
      return size === 86_400 && number === 1 ? "24 h" : `${number} ${number === 1 ? one : many}`;
    }
  }
  return `${seconds} s`;
}

/** Return `1 person`, `3 people`. */
export function people(number: number): string {
  return number === 1 ? "1 person" : `${count(number)} people`;
}

/** Return a name in code as words: `abandoned_checkout` → `Abandoned checkout`. */
export function readable(key: string): string {
  const words = key.replace(/^.*\//, "").replaceAll("_", " ").replaceAll(".", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
