// Short news of what was done: the Dashboard shows them where there is one, else we do.
import { useEffect, useState } from "preact/hooks";

import { notify } from "../frame/bridge";

type News = { readonly id: number; readonly tone: "good" | "bad"; readonly text: string };

let tell: ((news: News) => void) | null = null;
let last = 0;

/** Say that something was done, or why it was not. */
export function say(text: string, tone: "good" | "bad" = "good"): void {
  if (notify(tone === "good" ? "success" : "error", text)) return;
  tell?.({ id: ++last, tone, text });
}

/** Say the first of what kept something from being done; returns whether there was any. */
export function sayErrors(errors: Record<string, string>): boolean {
  const first = Object.values(errors)[0];
  if (first) say(first, "bad");
  return first !== undefined;
}

export function Toasts() {
  const [news, setNews] = useState<readonly News[]>([]);
  useEffect(() => {
    tell = (one) => {
      setNews((old) => [...old.slice(-2), one]);
      setTimeout(() => setNews((old) => old.filter((other) => other.id !== one.id)), one.tone === "bad" ? 12_000 : 5_000);
    };
    return () => {
      tell = null;
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {news.map((one) => <div key={one.id} class={`notice ${one.tone}`}>{one.text}</div>)}
    </div>
  );
}
