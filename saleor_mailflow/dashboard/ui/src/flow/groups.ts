// A condition read as a group of parts and written back, so that what was not touched stays as it was written.
import type { Condition } from "./tree";

export type GroupKind = "all" | "any" | "none" | "not_all";
export type Group = { readonly kind: GroupKind; readonly parts: readonly Condition[] };

/** Read a condition as a group; a single question is a group of one. */
export function groupOf(condition: Condition): Group {
  if ("all" in condition) return { kind: "all", parts: condition.all };
  if ("any" in condition) return { kind: "any", parts: condition.any };
  if (!("not" in condition)) return { kind: "all", parts: [condition] };
  const inner = condition.not;
  if ("not" in inner) return groupOf(inner.not);
  if ("all" in inner && inner.all.length !== 1) return { kind: "not_all", parts: inner.all };
  return { kind: "none", parts: groupOf(inner).parts };
}

/** Write a group as a condition; `before` is what it was, for a single question stays one. */
export function written(kind: GroupKind, parts: readonly Condition[], before: Condition): Condition {
  if (kind === "any") return { any: parts };
  if (kind === "none") return { not: parts.length === 1 && "fact" in parts[0]! ? parts[0] : { any: parts } };
  if (kind === "not_all") return { not: { all: parts } };
  return "fact" in before && parts.length === 1 ? parts[0]! : { all: parts };
}
