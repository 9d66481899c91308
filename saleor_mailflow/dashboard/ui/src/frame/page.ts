// Where we are served: read from <html>, so that no script has to stand in the page and every address is absolute.

const root = document.documentElement;

/** The path below which every screen lies, without a slash at its end. */
export const MOUNT = root.dataset["mount"] ?? "";
/** The address of the API. */
export const GRAPHQL = root.dataset["graphql"] ?? "/graphql/";
/** Where the demo hands out tokens; empty everywhere else. */
export const DEMO = root.dataset["demo"] ?? "";
/** Whether the Dashboard shows us in its frame. */
export const FRAMED = window.parent !== window;
