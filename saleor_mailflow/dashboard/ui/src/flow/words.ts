// Steps, triggers and conditions in the words of a merchant.
import { duration, readable } from "../parts/words";
import { alwaysEnds, endingWords } from "./endings";
import { FACTS } from "./facts";
import type { Condition, Definition, Json, StepJson } from "./tree";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHOWS: Record<string, string> = { goes_with: "shows what goes with it", next: "shows what others bought next", best_sellers: "shows best sellers", picks: "shows picks for them" };
const SINCE: Record<string, string> = { entry: "entering", activity: "the last change to the cart", step: "the step before" };
const EVENTS: Record<string, string> = {
  "mail.clicked": "they click in the mail", "mail.opened": "they open the mail (unreliable)", "mail.bounced": "the mail is returned", "mail.complained": "they call it spam",
  "order.created": "they order", "order.confirmed": "an order is confirmed", "order.paid": "an order is paid", "order.fulfilled": "everything of an order is sent",
  "order.cancelled": "an order is cancelled", "order.refunded": "money of an order goes back", "order.returned": "something of an order comes back",
  "consent.granted": "they say yes to mail", "sign_up.created": "they sign up", "tag.added": "they get a tag", "segment.entered": "they come into a segment",
  "vip.reached": "they spent more than most", custom: "another system says so",
};
const OPS: Record<string, string> = {
  is: "is", is_not: "is not", in: "is one of", at_least: "is at least", less_than: "is less than", has: "include", has_not: "do not include",
  known: "is known", unknown: "is not known",
};

const text = (value: Json | undefined) => (value === undefined || value === null ? "" : String(value));
const seconds = (value: Json | undefined) => Number(value ?? 0);

/** Return what an event is called: `mail.clicked` → `they click in the mail`. */
export function eventWords(event: string): string {
  return EVENTS[event] ?? readable(event).toLowerCase();
}

/** Return what starts a flow, in a title and a line. */
export function triggerWords(trigger: Definition["trigger"]): { title: string; line: string } {
  switch (trigger.type) {
    case "idle_basket": return { title: "Leaves a cart", line: `no activity for ${duration(seconds(trigger["after"]))}, with an address and lines` };
    case "happened": return { title: capital(eventWords(text(trigger["event"]))), line: text(trigger["of"]) };
    case "quiet_for": return { title: "Stays away", line: `${text(trigger["factor"]) || 2} times as long as is usual for them` };
    case "on_date": return { title: `On their ${readable(text(trigger["date"])).toLowerCase()}`, line: `at ${text(trigger["at"])}, where they are` };
    case "threshold": return { title: "Crosses a threshold", line: Number(trigger["orders"]) > 0 ? `from ${text(trigger["orders"])} orders in 12 months` : `the top ${text(trigger["percent"]) || 5} % by what they spent in 12 months` };
    case "recurring": return { title: `Every ${Number(trigger["nth"]) ? `${text(trigger["nth"])}. ` : ""}${DAYS[Number(trigger["weekday"])] ?? "week"}`, line: `segment ${text(trigger["segment"])}, at ${text(trigger["at"])}` };
    case "manual": return { title: "Put in by hand", line: "or by another flow or the API" };
    default: return { title: readable(trigger.type), line: "" };
  }
}

/** Return what ends a flow early. */
export function endWords(definition: Definition): string[] {
  const always = alwaysEnds(definition);
  return [...always.slice(0, -1), ...(definition.ends ?? []).map(endingWords), ...always.slice(-1)];
}

/** Return a condition as one reads it aloud. */
export function conditionWords(condition: Condition): string {
  if ("all" in condition) return condition.all.length ? condition.all.map(inner).join(" and ") : "always";
  if ("any" in condition) return condition.any.length ? condition.any.map(inner).join(" or ") : "never";
  if ("not" in condition) return `not (${conditionWords(condition.not)})`;
  const fact = FACTS.find((one) => one.key === condition.fact)?.words ?? readable(condition.fact).toLowerCase();
  const about = `${fact}${condition.of ? ` (${readable(condition.of).toLowerCase()})` : ""}`;
  const value = Array.isArray(condition.value) ? condition.value.join(", ") : text(condition.value);
  switch (condition.op) {
    case "yes": return about;
    case "no": return `not: ${about}`;
    case "within_days": return `${about} within the last ${value} days`;
    case "before_days": return `${about} longer ago than ${value} days`;
    default: return `${about} ${OPS[condition.op] ?? condition.op}${value ? ` ${value}` : ""}`;
  }
}

/** A group inside another one stands in brackets, so that “and” and “or” are not read for one another. */
function inner(part: Condition): string {
  const many = ("all" in part && part.all.length > 1) || ("any" in part && part.any.length > 1);
  return many ? `(${conditionWords(part)})` : conditionWords(part);
}

function waitWords(step: StepJson): string {
  const parts: string[] = [];
  const length = seconds(step["duration"]);
  const months = seconds(step["months"]);
  if (step["date"]) parts.push(`until ${length ? `${duration(length)} before ` : ""}their ${readable(text(step["date"])).toLowerCase()}`);
  else if (months || length) parts.push(`until ${[months && `${months} months`, length && duration(length)].filter(Boolean).join(" and ")} after ${SINCE[text(step["since"])] ?? "entering"}`);
  if (seconds(step["after_mail"])) parts.push(`at least ${duration(seconds(step["after_mail"]))} after the last mail`);
  const days = Array.isArray(step["weekdays"]) ? step["weekdays"].map((one) => DAYS[Number(one)]).join(", ") : "";
  if (step["at"] || days) parts.push([step["at"] && `at ${text(step["at"])}`, days && `on ${days}`, "where they are"].filter(Boolean).join(" "));
  return parts.join(", ") || "no time";
}

/** Return a step in a title and a line. */
export function stepWords(step: StepJson): { title: string; line: string } {
  switch (step.type) {
    case "send": return { title: readable(text(step["template"])), line: [step["coupon"] && "with the code", step["products"] && (SHOWS[text(step["products"])] ?? readable(text(step["products"]))), `too late after ${duration(seconds(step["lateness"]))}`].filter(Boolean).join(" · ") };
    case "wait": return { title: "Wait", line: waitWords(step) };
    case "wait_for": return { title: `Wait until ${eventWords(text(step["event"]))}`, line: `at most ${duration(seconds(step["timeout"]))}${step["of"] ? ` · ${readable(text(step["of"]))}` : ""}` };
    case "branch": return { title: capital(conditionWords((step["when"] ?? { all: [] }) as Condition)) + "?", line: "asked at this moment" };
    case "split": return { title: "By chance", line: "the same person always goes the same way" };
    case "coupon": return { title: "Reserve a code", line: `offer: ${readable(text(step["offer"]))}. Where it does not pay, the mail goes without one.` };
    case "tag": return { title: [list(step["add"]) && `Tag: ${list(step["add"])}`, list(step["remove"]) && `take off: ${list(step["remove"])}`].filter(Boolean).join(", "), line: "" };
    case "score": return { title: `Score ${seconds(step["points"]) >= 0 ? "+" : ""}${text(step["points"])}`, line: "" };
    case "start_flow": return { title: `Begin ${readable(text(step["flow"]))}`, line: "by that flow's own rules" };
    case "notify": return { title: `Tell ${text(step["target"])}`, line: "by a signed webhook" };
    case "exit": return { title: "Leave the flow", line: "" };
    default: return { title: readable(step.type), line: "" };
  }
}

function list(value: Json | undefined): string {
  return Array.isArray(value) ? value.join(", ") : "";
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
