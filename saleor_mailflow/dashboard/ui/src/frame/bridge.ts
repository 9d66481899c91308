// Talks with the Dashboard by postMessage: takes the token and the theme, asks for notices and for its address bar.
// Refuses messages from anybody but the page that opened us, and every other way to be let in: no cookie is ever used.
import { DEMO, FRAMED } from "./page";
import { showTheme } from "./theme";

const REMEMBERED = "mailflow.parent";
const PATIENCE_MS = 10_000;

let token = "";
let waiting: ((token: string) => void)[] = [];

/** Return the window's memory; browsers that keep frames from storing anything throw instead of giving it. */
function memory(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** Return the origin of the Dashboard, "" where it cannot be known. After a reload inside the frame the referrer is our
 * own, so the first answer is remembered. */
function parentOrigin(): string {
  const ancestors = (location as Location & { ancestorOrigins?: DOMStringList }).ancestorOrigins;
  const remembered = memory()?.getItem(REMEMBERED) ?? "";
  const referrer = document.referrer ? new URL(document.referrer).origin : "";
  const found = ancestors?.[0] ?? (remembered || (referrer !== location.origin ? referrer : ""));
  if (found && found !== "null") memory()?.setItem(REMEMBERED, found);
  return found;
}

const origin = FRAMED ? parentOrigin() : "";

/** Return a number nobody used before; `crypto.randomUUID` is missing on plain http. */
function freshId(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function tell(type: string, payload: Record<string, unknown> = {}): void {
  if (FRAMED && origin) window.parent.postMessage({ type, payload: { actionId: freshId(), ...payload } }, origin);
}

function take(fresh: unknown): void {
  if (typeof fresh !== "string" || !fresh || fresh === token) return;
  token = fresh;
  for (const resolve of waiting) resolve(token);
  waiting = [];
}

type Incoming = { type?: string; payload?: { token?: unknown; theme?: unknown } };

/** Begin to listen; the Dashboard may shake hands more than once for one page. */
export function openBridge(): void {
  if (!FRAMED) {
    if (DEMO) void askDemo();
    return;
  }
  window.addEventListener("message", (event: MessageEvent<Incoming>) => {
    if (event.source !== window.parent || event.origin !== origin || typeof event.data !== "object") return;
    const { type, payload } = event.data ?? {};
    if (type === "handshake" || type === "tokenRefresh") take(payload?.token);
    if (type === "theme") showTheme(payload?.theme);
  });
  tell("notifyReady");
}

async function askDemo(): Promise<void> {
  const answer = await fetch(DEMO, { method: "POST", credentials: "omit" });
  if (answer.ok) take(((await answer.json()) as { token?: string }).token);
}

/** Return the token, waiting for the first handshake. Rejects when the Dashboard says nothing for ten seconds. */
export function bearer(): Promise<string> {
  if (token) return Promise.resolve(token);
  return new Promise((resolve, reject) => {
    waiting.push(resolve);
    setTimeout(() => reject(new Error(FRAMED
      ? "The Dashboard did not say who you are. Reload its page; if that does not help, sign in anew."
      : "This page belongs into the Saleor Dashboard: open it there under Customers, Mail flows.")), PATIENCE_MS);
  });
}

/** Return the address of whoever is signed in, as their token says, "" where it does not. To fill in, never to believe. */
export function ownAddress(): string {
  try {
    const claims = JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as { email?: unknown };
    return typeof claims.email === "string" ? claims.email : "";
  } catch {
    return "";
  }
}

/** Forget a token that was refused, so that the next question waits for a fresh one. */
export function refuse(old: string): void {
  if (old !== token) return;
  token = "";
  tell("notifyReady");
  if (!FRAMED && DEMO) void askDemo();
}

/** Show a notice the Dashboard's way. Returns false where there is no Dashboard to show it. */
export function notify(status: "success" | "error" | "info", title: string, text = ""): boolean {
  tell("notification", { status, title, text });
  return FRAMED && origin !== "";
}

/** Keep the Dashboard's address bar in step, so that a screen can be linked to. */
export function follow(path: string): void {
  tell("updateRouting", { newRoute: path });
}
