// A CSV file in pieces that one request carries, each with the header; a line break inside quotes parts nothing.

export type Piece = { readonly text: string; readonly firstLine: number };

const MOST_ROWS = 2_000;
const MOST_CHARACTERS = 300_000;

/** Return the pieces of a file; `firstLine` is the number in the file of the piece's first line behind the header. */
export function pieces(file: string): Piece[] {
  const rows: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < file.length; at += 1) {
    const sign = file[at];
    if (sign === '"') quoted = !quoted;
    else if (sign === "\n" && !quoted) {
      rows.push(file.slice(start, at + 1));
      start = at + 1;
    }
  }
  if (start < file.length) rows.push(`${file.slice(start)}\n`);
  const [header = "", ...rest] = rows;
  const found: Piece[] = [];
  let line = 2;
  for (let at = 0; at < rest.length; ) {
    const firstLine = line;
    let text = header;
    for (let number = 0; at < rest.length && number < MOST_ROWS && (number === 0 || text.length + rest[at]!.length < MOST_CHARACTERS); number += 1, at += 1) {
      text += rest[at];
      line += rest[at]!.split("\n").length - 1;
    }
    found.push({ text, firstLine });
  }
  return found.length > 0 ? found : [{ text: header, firstLine: 2 }];
}
