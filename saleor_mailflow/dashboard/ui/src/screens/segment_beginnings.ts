// What a merchant may begin a segment with.
import type { Condition } from "../flow/tree";

export type Beginning = { readonly key: string; readonly name: string; readonly condition: Condition };

export const BEGINNINGS: readonly Beginning[] = [
  { key: "loyal", name: "Came back to buy", condition: { all: [{ fact: "contact.orders", op: "at_least", value: 2 }] } },
  { key: "never_bought", name: "Subscribed, never bought", condition: { all: [{ fact: "contact.subscribed", op: "yes" }, { fact: "contact.orders", op: "less_than", value: 1 }] } },
  { key: "asleep", name: "Silent for half a year", condition: { all: [{ fact: "contact.last_active", op: "before_days", value: 180 }] } },
];

/** Return what a new segment begins with. */
export function beginning(key: string | null): Beginning {
  return BEGINNINGS.find((one) => one.key === key) ?? { key: "", name: "", condition: { all: [{ fact: "contact.orders", op: "at_least", value: 1 }] } };
}
