// The small pieces of every screen. They look like the Dashboard's and know nothing of mail.
import type { ComponentChildren, JSX } from "preact";

import { currentPath, go, hrefOf } from "../frame/router";

type Tone = "good" | "info" | "warn" | "bad" | "";

export function Link({ to, children, class: name, ...rest }: { to: string; children: ComponentChildren; class?: string; "aria-current"?: "page" | undefined }) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} class={name ?? ""} href={hrefOf(to)} onClick={follow}>{children}</a>;
}

type ButtonProps = { first?: boolean; danger?: boolean; plain?: boolean; little?: boolean; busy?: boolean; children: ComponentChildren } & Omit<JSX.IntrinsicElements["button"], "class">;

/** A button; while `busy` it says so and does nothing, and keeps the focus. */
export function Button({ first, danger, plain, little, busy, onClick, children, ...rest }: ButtonProps) {
  const name = ["button", first && "first", danger && "danger", plain && "plain", little && "little"].filter(Boolean).join(" ");
  return (
    <button type="button" {...rest} class={name} aria-disabled={busy || undefined} aria-busy={busy || undefined} onClick={busy ? (event) => event.preventDefault() : onClick}>
      {children}{busy ? " …" : ""}
    </button>
  );
}

export function ButtonLink({ to, first, children }: { to: string; first?: boolean; children: ComponentChildren }) {
  return <Link to={to} class={first ? "button first" : "button"}>{children}</Link>;
}

export function Tag({ tone = "", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`tag ${tone}`}>{children}</span>;
}

/** Something to know or do. `urgent` is read aloud at once. */
export function Notice({ tone = "", urgent, children, action }: { tone?: Tone; urgent?: boolean; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={urgent ? "alert" : undefined}>
      <div>{children}</div>
      {action}
    </div>
  );
}

/** The head of a screen: title, a line below it, buttons beside it. */
export function Head({ title, sub, back, children }: { title: string; sub?: ComponentChildren; back?: { to: string; name: string }; children?: ComponentChildren }) {
  return (
    <header class="head">
      <div>
        {back && <Link to={back.to} class="back">← {back.name}</Link>}
        <h1>{title}</h1>
        {sub && <div class="weak">{sub}</div>}
      </div>
      {children && <div class="row tight">{children}</div>}
    </header>
  );
}

/** What a screen shows while there is nothing: what to do first. */
export function Empty({ title, children, action }: { title: string; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

export function Loading({ what, tall = 2 }: { what: string; tall?: number }) {
  return (
    <div class="stack" role="status">
      <span class="hidden">{what} …</span>
      {Array.from({ length: tall }, (_, i) => <div key={i} class="skeleton tall" />)}
    </div>
  );
}

/** A question that could not be answered: why, and a way to ask again. */
export function Failed({ error, again }: { error: string; again: () => void }) {
  return <Notice tone="bad" urgent action={<Button little onClick={again}>Try again</Button>}>{error}</Notice>;
}

/** A page of rows that came by the API, with the way to the next. */
export function More({ shown, total, busy, next }: { shown: number; total: number | null; busy: boolean; next: (() => void) | null }) {
  if (shown === 0) return null;
  return (
    <div class="row" style={{ marginTop: "12px" }}>
      <span class="weak small" role="status">{total === null ? shown : `${shown} of ${total.toLocaleString()}`}</span>
      {next && <Button little busy={busy} onClick={next}>Show more</Button>}
    </div>
  );
}

/** Screens that stand under another entry of the bar. */
const UNDER: readonly (readonly [RegExp, string])[] = [[/^\/(?:flows(?:\/.*)?)?$/, "/"], [/^\/(?:segments|forms|topics|import)(?:\/.*)?$/, "/contacts"], [/^\/look$/, "/templates"]];

/** Tell whether a path is shown now, for the bar. */
export function isHere(path: string): boolean {
  const now = currentPath();
  const under = UNDER.find(([shape]) => shape.test(now))?.[1];
  return under !== undefined ? under === path : now === path || now.startsWith(`${path}/`);
}
