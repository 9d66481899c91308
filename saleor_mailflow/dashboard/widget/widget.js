// Opens a widget with the token that the Dashboard hands it, follows its theme, and keeps it as tall as what it shows.
// Refuses messages from anybody but the page around us, and to send the token anywhere but to where this page came from.

const frame = window.parent;
const root = document.documentElement;
const asked = new URLSearchParams(location.search);
let token = "";
let opened = false;
let told = 0;

/** Light or dark, as the Dashboard says; until it does, as the system says. */
function show(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}

function tell(type, payload = {}) {
  // Nothing secret is said, so whoever frames us may hear it. The answer is awaited by nobody.
  if (frame !== window) frame.postMessage({ type, payload: { actionId: `mailflow-${type}-${performance.now()}`, ...payload } }, "*");
}

function measure() {
  const height = Math.ceil(root.getBoundingClientRect().height);
  if (height === told) return;
  told = height;
  tell("widgetResize", { height });
}

/** Post the form's fields to the address of this page, and show what comes back in the place of what is shown. */
async function load(fields) {
  const body = new URLSearchParams(fields);
  body.set("accessToken", token || body.get("accessToken") || "");
  let text;
  try {
    text = await (await fetch(location.pathname, { method: "POST", body, credentials: "omit" })).text();
  } catch {
    text = "<main><p>The shop cannot be reached. Look at your connection, then reload the page.</p></main>";
  }
  const page = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  if (page) document.querySelector("main").replaceWith(document.adoptNode(page));
  dress();
}

/** Times in the reader's own zone; buttons without leaving the page, which the Dashboard's history would remember. */
function dress() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
  for (const form of document.forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      for (const button of form.querySelectorAll("button")) button.disabled = true;
      void load(new FormData(form)).then(() => document.querySelector("[role=status]")?.focus());
    });
  }
  measure();
}

function take(fresh) {
  if (typeof fresh !== "string" || !fresh) return;
  token = fresh;
  // The Dashboard shakes hands more than once for one page.
  if (opened || !document.querySelector("main[data-waits]")) return;
  opened = true;
  const fields = { saleorApiUrl: asked.get("saleorApiUrl") ?? "", appId: asked.get("id") ?? "" };
  for (const name of ["orderId", "customerId"]) if (asked.has(name)) fields[name] = asked.get(name);
  void load(fields);
}

window.addEventListener("message", (event) => {
  if (event.source !== frame || frame === window || typeof event.data !== "object" || event.data === null) return;
  const { type, payload } = event.data;
  if (type === "theme") show(payload?.theme);
  if (type === "handshake" || type === "tokenRefresh") take(payload?.token);
});

show(asked.get("theme"));
new ResizeObserver(measure).observe(root);
dress();
tell("notifyReady");
