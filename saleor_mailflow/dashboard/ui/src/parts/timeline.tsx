// What happened to one person by time, with the reason of each; what has not happened yet stands on top.
import { readable, when } from "./words";

export type Entry = { readonly at: string; readonly flow: string; readonly what: string; readonly sentence: string; readonly toCome: boolean };

const BAD = /not sent|did not enter|too late|missed|failed|blocked/;
const GOOD = /: sent|clicked|order/;

function tone(entry: Entry): string {
  if (entry.toCome) return "come";
  if (BAD.test(entry.what)) return "bad";
  return GOOD.test(entry.what) ? "good" : entry.what === "entered" ? "info" : "";
}

export function Timeline({ entries, nameOf }: { entries: readonly Entry[]; nameOf: (key: string) => string }) {
  // They come in the order in which they happened, several of them perhaps in one moment.
  const sorted = [...entries].reverse();
  return (
    <ol class="timeline">
      {sorted.map((entry) => (
        <li key={`${entry.at} ${entry.flow} ${entry.what}`}>
          <time dateTime={entry.at}>{when(entry.at)}</time>
          <i class={tone(entry)} aria-hidden="true" />
          <div>
            <h3>{nameOf(entry.flow)}: {said(entry.what)}</h3>
            {entry.toCome && <span class="weak small"> · to come</span>}
            <p>{entry.sentence}</p>
          </div>
        </li>
      ))}
    </ol>
  );
}

/** `reminder: not sent` names a step by its key. */
function said(what: string): string {
  const [step, rest] = what.split(": ");
  return rest === undefined ? what : `${readable(step ?? "")} – ${rest}`;
}
