// What a condition can ask about. A test holds this list against the package's own.

export type FactRow = { readonly key: string; readonly words: string; readonly kind: string; readonly of: string; readonly unreliable?: boolean };

const row = (key: string, kind: string, words: string, of = "", unreliable = false): FactRow => ({ key, kind, words, of, unreliable });

export const FACTS: readonly FactRow[] = [
  row("contact.language", "text", "language"),
  row("contact.country", "text", "country"),
  row("contact.channel", "text", "channel they last used"),
  row("contact.gender", "text", "gender, where known"),
  row("contact.age", "number", "age in years"),
  row("contact.birthday", "time", "birthday"),
  row("contact.has_account", "flag", "has an account"),
  row("contact.subscribed", "flag", "said yes to marketing mail"),
  row("contact.tags", "set", "tags"),
  row("contact.score", "number", "score"),
  row("contact.attribute", "text", "attribute", "attribute"),
  row("contact.segment", "set", "segments they are in"),
  row("contact.lifecycle", "text", "stage of life: new, active, customer, vip, dormant, lost"),
  row("contact.orders", "number", "orders so far"),
  row("contact.spent", "money", "spent so far, refunds taken off", "currency"),
  row("contact.spent_12m", "money", "spent in the last twelve months, refunds taken off", "currency"),
  row("contact.first_order", "time", "first order"),
  row("contact.last_order", "time", "last order"),
  row("contact.last_active", "time", "last order, cart or click"),
  row("contact.known_since", "time", "known since"),
  row("contact.recency", "number", "recency, 1 (long ago) to 5 (lately)"),
  row("contact.frequency", "number", "frequency, 1 (seldom) to 5 (often)"),
  row("contact.monetary", "number", "value, 1 (low) to 5 (high)"),
  row("contact.products", "set", "products bought"),
  row("contact.categories", "set", "categories bought"),
  row("basket.total", "money", "worth of the cart", "currency"),
  row("basket.lines", "number", "lines in the cart"),
  row("basket.products", "set", "products in the cart"),
  row("basket.channel", "text", "channel of the cart"),
  row("basket.voucher", "flag", "the cart has a code"),
  row("order.total", "money", "worth of the order", "currency"),
  row("order.lines", "number", "lines of the order"),
  row("order.products", "set", "products ordered"),
  row("order.channel", "text", "channel of the order"),
  row("order.status", "text", "status of the order"),
  row("order.paid", "flag", "the order is paid"),
  row("order.voucher", "flag", "a code was used"),
  row("order.first", "flag", "it is their first order"),
  row("since.ordered", "flag", "ordered since they entered"),
  row("since.active", "flag", "filled a cart since they entered"),
  row("coupon.minted", "flag", "has a code of this flow"),
  row("coupon.used", "flag", "used a code of this flow"),
  row("coupon.used_days", "time", "last order with a code"),
  row("mail.clicked", "flag", "clicked in the mail of the step", "step"),
  row("mail.clicked_link", "flag", "clicked the link of the step's mail that goes to", "step and address"),
  row("mail.clicked_any", "flag", "clicked in any mail of this flow"),
  row("mail.opened", "flag", "opened the mail of the step", "step", true),
  row("mail.bounced", "flag", "a mail of this flow was returned"),
  row("mail.complained", "flag", "called a mail of this flow spam"),
  row("mail.sent", "flag", "the mail of the step left", "step"),
];

const OPS: Record<string, readonly { value: string; label: string; asks: boolean }[]> = {
  text: [{ value: "is", label: "is", asks: true }, { value: "is_not", label: "is not", asks: true }, { value: "in", label: "is one of", asks: true }, { value: "known", label: "is known", asks: false }, { value: "unknown", label: "is not known", asks: false }],
  number: [{ value: "at_least", label: "is at least", asks: true }, { value: "less_than", label: "is less than", asks: true }, { value: "is", label: "is", asks: true }, { value: "known", label: "is known", asks: false }, { value: "unknown", label: "is not known", asks: false }],
  flag: [{ value: "yes", label: "yes", asks: false }, { value: "no", label: "no", asks: false }],
  time: [{ value: "within_days", label: "within the last days:", asks: true }, { value: "before_days", label: "longer ago than days:", asks: true }, { value: "known", label: "is known", asks: false }, { value: "unknown", label: "is not known", asks: false }],
  set: [{ value: "has", label: "include", asks: true }, { value: "has_not", label: "do not include", asks: true }],
};
OPS["money"] = OPS["number"]!.filter((one) => one.value !== "is");

/** Return how a fact of a kind can be compared. */
export function opsOf(kind: string): readonly { value: string; label: string; asks: boolean }[] {
  return OPS[kind] ?? OPS["text"]!;
}
