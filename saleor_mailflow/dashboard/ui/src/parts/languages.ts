// The languages that mails and pages come in, by their names, and texts that are written once a language.
import type { Option } from "./fields";

const NAMES = new Intl.DisplayNames(undefined, { type: "language" });

/** As the package has them (messages/catalogs.py); a test holds the two lists against each other. */
export const LANGUAGES = ["en", "de", "fr", "pl"] as const;

/** A text, one for all or one a language, as definitions hold it. */
export type Texts = string | Readonly<Record<string, string>>;

/** Return the languages to choose from: ours, and those in which something is written already. */
export function languageOptions(written: readonly (Texts | undefined)[]): Option[] {
  const there = written.flatMap((one) => (one && typeof one !== "string" ? Object.keys(one) : []));
  return [...new Set<string>([...LANGUAGES, ...there])].map((value) => ({ value, label: NAMES.of(value) ?? value }));
}

/** Return what is written in a language; a text for all is English. */
export function textIn(texts: Texts | undefined, language: string): string {
  return typeof texts === "string" ? (language === "en" ? texts : "") : (texts?.[language] ?? "");
}

/** Return the texts with one language's written anew; empty takes it out. */
export function withText(texts: Texts | undefined, language: string, text: string): Texts {
  const held: Record<string, string> = { ...(typeof texts === "string" ? { en: texts } : texts) };
  if (text) held[language] = text;
  else delete held[language];
  return held;
}
