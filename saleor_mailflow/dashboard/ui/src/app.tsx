// The bar, the screens and which of them is shown. Screens other than the first are loaded when they are opened.
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { usePath } from "./frame/router";
import { ButtonLink, Empty, Head, Link, Loading, Notice, isHere } from "./parts/basic";
import { Toasts } from "./parts/toast";
import { zone } from "./parts/words";
import { Flows } from "./screens/flows";

type Screen = ComponentType<{ id: string }>;

function later(load: () => Promise<{ Screen: Screen }>): Screen {
  return function Later({ id }) {
    const [found, setFound] = useState<{ Screen: Screen } | null>(null);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      load().then(setFound, () => setFailed(true));
    }, []);
    if (failed) return <Notice tone="bad" urgent>This screen could not be loaded. Reload the page: a newer version may have been installed.</Notice>;
    return found ? <found.Screen id={id} /> : <Loading what="Loading the screen" />;
  };
}

const SCREENS: readonly [RegExp, string, Screen][] = [
  [/^\/(?:flows)?$/, "Flows", Flows],
  [/^\/flows\/([^/]+)$/, "Flow", later(() => import("./screens/flow"))],
  [/^\/flows\/([^/]+)\/people$/, "People in the flow", later(() => import("./screens/people"))],
  [/^\/flows\/([^/]+)\/edit$/, "Edit the flow", later(() => import("./screens/edit"))],
  [/^\/messages$/, "Messages", later(() => import("./screens/messages"))],
  [/^\/messages\/([^/]+)$/, "Message", later(() => import("./screens/message"))],
  [/^\/contacts$/, "Contacts", later(() => import("./screens/contacts"))],
  [/^\/contacts\/([^/]+)$/, "Contact", later(() => import("./screens/contact"))],
  [/^\/import$/, "Import people", later(() => import("./screens/import"))],
  [/^\/segments$/, "Segments", later(() => import("./screens/segments"))],
  [/^\/segments\/([^/]+)$/, "Segment", later(() => import("./screens/segment"))],
  [/^\/forms$/, "Sign-up forms", later(() => import("./screens/forms"))],
  [/^\/forms\/([^/]+)$/, "Sign-up form", later(() => import("./screens/form"))],
  [/^\/topics$/, "Topics", later(() => import("./screens/topics"))],
  [/^\/templates$/, "Templates", later(() => import("./screens/templates"))],
  [/^\/templates\/([^/]+)$/, "Template", later(() => import("./screens/template"))],
  [/^\/look$/, "How mails look", later(() => import("./screens/look"))],
  [/^\/offers$/, "Offers", later(() => import("./screens/offers"))],
  [/^\/setup$/, "Set-up", later(() => import("./screens/setup"))],
  [/^\/settings$/, "Settings", later(() => import("./screens/settings"))],
  [/^\/activity$/, "Activity", later(() => import("./screens/activity"))],
];

const BAR: readonly [string, string][] = [
  ["/", "Flows"], ["/contacts", "Contacts"], ["/messages", "Messages"], ["/templates", "Templates"], ["/offers", "Offers"], ["/setup", "Set-up"], ["/settings", "Settings"], ["/activity", "Activity"],
];

export function App() {
  const path = usePath();
  const found = SCREENS.find(([shape]) => shape.test(path));
  const id = decodeURIComponent(found?.[0].exec(path)?.[1] ?? "");
  const main = useRef<HTMLElement>(null);
  const bar = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${found?.[1] ?? "Not found"} · Mail flows`;
    // Who listens to the page or uses the keyboard begins a new screen at its top.
    if (!first.current) main.current?.focus();
    first.current = false;
    window.scrollTo(0, 0);
    // On a phone the bar is wider than the screen: what is open stands in sight.
    bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [path]);
  const Shown = found?.[2];
  return (
    <>
      <header class="bar" ref={bar}>
        <nav aria-label="Mail flows">
          <ul>
            {BAR.map(([to, name]) => <li key={to}><Link to={to} aria-current={isHere(to) ? "page" : undefined}>{name}</Link></li>)}
          </ul>
        </nav>
      </header>
      <main ref={main} tabIndex={-1}>
        {Shown ? <Shown key={path} id={id} /> : (
          <>
            <Head title="Not found" />
            <Empty title="There is no such screen" action={<ButtonLink to="/" first>To the flows</ButtonLink>}>The address may come from an older version.</Empty>
          </>
        )}
      </main>
      <footer class="zone weak small">Times are those of {zone()}.</footer>
      <Toasts />
    </>
  );
}
