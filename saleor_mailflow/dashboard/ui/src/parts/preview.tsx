// A mail as its reader sees it: only ever in a nested frame with an empty sandbox, so that nothing in it can run, reach
// our page, follow a link or send a form. Refuses to load what tells that a mail was opened.
import { useMemo, useState } from "preact/hooks";

import { Choice } from "./fields";

const VIEWS = [{ value: "desktop", label: "Desktop" }, { value: "phone", label: "Phone" }, { value: "dark", label: "Dark" }, { value: "text", label: "Text" }];

/** Take out pictures that count openings: looking here is not reading there. */
function quiet(html: string, dark: boolean): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const picture of page.querySelectorAll("img")) {
    const src = picture.getAttribute("src") ?? "";
    if (/\/o\/[^/]+\.gif/.test(src) || (picture.getAttribute("width") === "1" && picture.getAttribute("height") === "1")) picture.remove();
  }
  if (dark) darken(page);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

/** Let the mail's own rules for dark mode apply, whatever this machine is set to. */
function darken(page: Document): void {
  for (const style of page.querySelectorAll("style")) {
    style.textContent = (style.textContent ?? "").replace(/@media[^{]*prefers-color-scheme:\s*dark[^{]*\{/g, "@media all {");
  }
  page.documentElement.style.setProperty("color-scheme", "dark");
}

function lighten(html: string): string {
  return html.replace(/prefers-color-scheme:\s*dark/g, "prefers-color-scheme: no-preference");
}

export function Preview({ title, html, text }: { title: string; html: string; text: string }) {
  const [view, setView] = useState("desktop");
  const shown = useMemo(() => (view === "dark" ? quiet(html, true) : lighten(quiet(html, false))), [html, view === "dark"]);
  return (
    <div class="stack tight">
      <Choice label="Shown as" value={view} options={VIEWS} onInput={setView} />
      <div class={`preview ${view}`}>
        {view === "text"
          ? <pre tabIndex={0}>{text}</pre>
          : <iframe title={title} sandbox="" referrerpolicy="no-referrer" srcdoc={shown} />}
      </div>
    </div>
  );
}
