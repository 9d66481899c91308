// What the states of mails are called, and in which colour they are marked.
import type { MessageState } from "../api/queries";

export const STATES: Record<MessageState, { label: string; tone: "good" | "info" | "warn" | "bad" | "" }> = {
  PLANNED: { label: "Waiting", tone: "info" },
  CLAIMED: { label: "Being prepared", tone: "info" },
  SENDING: { label: "Being sent", tone: "info" },
  ACCEPTED: { label: "Sent", tone: "good" },
  BLOCKED: { label: "Not sent", tone: "" },
  MISSED: { label: "Too late", tone: "warn" },
  SHADOWED: { label: "Shadow", tone: "info" },
  FAILED: { label: "Failed", tone: "bad" },
  UNKNOWN: { label: "Unsure", tone: "warn" },
};
