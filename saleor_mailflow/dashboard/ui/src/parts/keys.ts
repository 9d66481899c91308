// Names in code made from names for people, so that nobody has to think of one.

/** Return a key that is not taken: `Loyal customers` → `loyal_customers`. */
export function keyFrom(name: string, taken: Iterable<string>, fallback: string): string {
  const word = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 50) || fallback;
  const there = new Set(taken);
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? word : `${word}_${number}`;
    if (!there.has(key)) return key;
  }
}
