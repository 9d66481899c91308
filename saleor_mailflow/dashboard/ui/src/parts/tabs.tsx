// Screens that belong together: everything about people under one entry of the bar.
import { currentPath } from "../frame/router";
import { Link } from "./basic";

const PEOPLE: readonly [string, string][] = [["/contacts", "People"], ["/segments", "Segments"], ["/forms", "Sign-up forms"], ["/topics", "Topics"]];

export function PeopleTabs() {
  const now = currentPath();
  return (
    <nav class="tabs" aria-label="Contacts">
      <ul>{PEOPLE.map(([to, name]) => <li key={to}><Link to={to} aria-current={now === to ? "page" : undefined}>{name}</Link></li>)}</ul>
    </nav>
  );
}
