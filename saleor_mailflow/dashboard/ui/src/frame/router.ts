// Which screen the address names. One document: a navigation inside the frame would lose the Dashboard's handshake.
import { useEffect, useState } from "preact/hooks";

import { follow } from "./bridge";
import { MOUNT } from "./page";

/** Return the path below our mount. Opened by some addresses the Dashboard puts its own path behind ours. */
export function currentPath(): string {
  const path = decodeURI(location.pathname);
  const below = MOUNT && path.startsWith(MOUNT) ? path.slice(MOUNT.length) : path;
  return below.replace(/^\/extensions\/app\/[^/]+/, "").replace(/\/+$/, "") || "/";
}

/** Return the address of a screen. */
export function hrefOf(path: string): string {
  return `${MOUNT}${path}`;
}

/** The query of the address that is ours: what the Dashboard adds for the start is left out. */
export function currentQuery(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** Keeps somebody from losing what they typed: returns a sentence to ask before leaving, or "". */
let guard: (() => string) | null = null;
let asking: ((go: string) => void) | null = null;

/** Ask before the screen is left, while `ask` returns a sentence. Returns how to stop asking. */
export function guardLeaving(ask: () => string, show: (to: string) => void): () => void {
  guard = ask;
  asking = show;
  return () => {
    if (guard === ask) guard = asking = null;
  };
}

/** Go to a screen. */
export function go(path: string, { replace = false, sure = false } = {}): void {
  if (guard && !sure && !replace && guard()) {
    asking?.(path);
    return;
  }
  const address = hrefOf(path);
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  follow(path);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/** Return the path and read it again whenever it changes. */
export function usePath(): string {
  const [path, setPath] = useState(currentPath);
  useEffect(() => {
    const read = () => setPath(currentPath() + "?" + currentQuery().toString());
    window.addEventListener("popstate", read);
    return () => window.removeEventListener("popstate", read);
  }, []);
  return path.split("?")[0] ?? "/";
}
