// Keeps a widget as tall as what it shows, in the theme of the Dashboard, and its token fresh. Refuses to fetch anything.
"use strict";

const frame = window.parent;

/** Take messages of the page around us only, and of none of its other frames. */
window.addEventListener("message", (event) => {
  if (event.source !== frame || typeof event.data !== "object" || event.data === null) return;
  const { type, payload } = event.data;
  if (type === "theme") show(payload && payload.theme);
  if ((type === "tokenRefresh" || type === "handshake") && payload && typeof payload.token === "string") {
    for (const field of document.querySelectorAll("input[name=accessToken]")) field.value = payload.token;
  }
});

function show(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}

let told = 0;

function tell() {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  if (frame === window || height === told) return;
  told = height;
  // Nothing secret is said, so whoever frames us may hear it. A counter is id enough for an answer that nobody awaits.
  frame.postMessage({ type: "widgetResize", payload: { actionId: `mailflow-${height}-${Date.now()}`, height } }, "*");
}

new ResizeObserver(tell).observe(document.documentElement);
tell();

/** A second press while the first is on its way would only be answered "already on its way". */
for (const form of document.forms) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
