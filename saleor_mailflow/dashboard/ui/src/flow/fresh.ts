// The steps one can add, each with what it begins with. What is still to be filled in is said by the API's findings.
import type { Definition, StepJson } from "./tree";
import { freshId } from "./tree";

const DAY = 86_400;

export type Kind = { readonly type: string; readonly name: string; readonly help: string };

export const KINDS: readonly Kind[] = [
  { type: "send", name: "Send a mail", help: "from one of your templates" },
  { type: "wait", name: "Wait", help: "for some time, until an hour, a weekday or a date of theirs" },
  { type: "wait_for", name: "Wait for something to happen", help: "a click or an order; goes another way when time is over" },
  { type: "branch", name: "Ask and go two ways", help: "by orders, cart, tags, clicks" },
  { type: "split", name: "Go by chance", help: "to compare two ways, or to hold some out" },
  { type: "coupon", name: "Reserve a code", help: "of one of your offers, for a mail behind it" },
  { type: "tag", name: "Tag", help: "mark the person, or take a mark off" },
  { type: "score", name: "Score", help: "add points, or take some away" },
  { type: "start_flow", name: "Begin another flow", help: "by that flow’s own rules" },
  { type: "notify", name: "Tell another system", help: "by a signed webhook" },
  { type: "exit", name: "Leave the flow", help: "it ends here for this person" },
];

const BEGINNINGS: Record<string, Omit<StepJson, "id" | "type">> = {
  send: { template: "", lateness: 2 * DAY },
  wait: { duration: DAY, since: "step", after_mail: 0 },
  wait_for: { event: "mail.clicked", timeout: 3 * DAY, own: true, then: [], otherwise: [] },
  branch: { when: { all: [] }, then: [], otherwise: [] },
  split: { ways: [{ key: "a", weight: 50, steps: [] }, { key: "b", weight: 50, steps: [] }] },
  coupon: { offer: "" },
  tag: { add: [] },
  score: { points: 1 },
  start_flow: { flow: "" },
  notify: { target: "" },
  exit: {},
};

/** Return a new step of a kind, with an id that the flow does not have yet. */
export function freshStep(definition: Definition, type: string): StepJson {
  return { type, id: freshId(definition, type === "send" ? "mail" : type), ...(BEGINNINGS[type] ?? {}) };
}

export const PRODUCTS = [
  { value: "", label: "Nothing" }, { value: "goes_with", label: "What goes with what they bought" }, { value: "next", label: "What others bought next" },
  { value: "best_sellers", label: "Best sellers" }, { value: "picks", label: "Picks for them" },
];

export const SINCE = [
  { value: "step", label: "the step before" }, { value: "entry", label: "entering the flow" }, { value: "activity", label: "the last change to the cart" },
];

export const HAPPENINGS = ["mail.clicked", "order.created", "order.confirmed", "order.paid", "order.fulfilled", "order.cancelled", "order.refunded", "order.returned", "consent.granted", "mail.opened", "mail.bounced", "mail.complained"];

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
