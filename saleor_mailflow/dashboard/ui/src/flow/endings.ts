// What ends a flow for somebody before its last step. A test holds this list against the package's own.
import { readable } from "../parts/words";
import type { Definition } from "./tree";

export type Ending = { readonly key: string; readonly words: string; readonly help: string; readonly ofOrder: boolean };

const row = (key: string, words: string, help: string, ofOrder = false): Ending => ({ key, words, help, ofOrder });

export const ENDINGS: readonly Ending[] = [
  row("ordered", "they order", "The goal of most flows: whoever bought hears no more of it."),
  row("open_order", "an order of theirs is under way", "No time to say that they are missed."),
  row("active", "they fill a cart", "They came back by themselves."),
  row("clicked", "they click in a mail of this flow", "What they came for is done."),
  row("refunded", "the order is refunded", "In part or whole.", true),
  row("cancelled", "the order is cancelled", "", true),
  row("returned", "something comes back", "", true),
];

/** Return an ending in the words of a merchant. */
export function endingWords(key: string): string {
  return ENDINGS.find((one) => one.key === key)?.words ?? readable(key).toLowerCase();
}

/** Return what ends the flow whatever is chosen. */
export function alwaysEnds(definition: Definition): string[] {
  const basket = definition.trigger.type === "idle_basket" ? ["they order with this cart, address or account, empty it or go on filling it"] : [];
  return [...basket, ...(definition["purpose"] === "transactional" ? ["they are erased"] : ["they unsubscribe"])];
}

/** Return the endings that mean something in this flow: those about its order where it is about one, and any that it has. */
export function endingsFor(definition: Definition): Ending[] {
  if (definition.trigger.type === "idle_basket") return ENDINGS.filter((one) => definition.ends?.includes(one.key));
  const ofOrder = String(definition.trigger["event"] ?? "").startsWith("order.");
  return ENDINGS.filter((one) => ofOrder || !one.ofOrder || definition.ends?.includes(one.key));
}
