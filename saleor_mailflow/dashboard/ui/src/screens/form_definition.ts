// A sign-up form's definition as the screens hold it: the JSON that is kept, never changed in place.
import type { Texts } from "../parts/languages";

export type SurveyChoice = { readonly key: string; readonly label?: Texts };
export type SurveyQuestion = { readonly key: string; readonly label?: Texts; readonly choices?: readonly SurveyChoice[] };

export type FormDefinition = {
  readonly topics?: readonly string[];
  readonly fields?: readonly string[];
  readonly survey?: readonly SurveyQuestion[];
  readonly title?: Texts;
  readonly intro?: Texts;
  readonly consent?: Texts;
  readonly reward?: Texts;
  readonly origins?: readonly string[];
};

/** What a form may ask for beside the address, in the words of a merchant. */
export const FIELDS: readonly (readonly [key: string, name: string])[] = [
  ["name", "Their name"], ["birthday", "Their birthday"], ["frequency", "How often they want mail"], ["language", "Their language"],
];

/** Read a definition; one that is no object is an empty one. */
export function definitionOf(text: string): FormDefinition {
  const found: unknown = JSON.parse(text);
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as FormDefinition) : {};
}
