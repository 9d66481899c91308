// A flow's definition as the screens hold it: the JSON that is published, never changed in place.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type StepJson = { readonly id: string; readonly type: string; readonly [key: string]: Json };

export type Definition = {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly trigger: { readonly type: string; readonly [key: string]: Json };
  readonly steps: readonly StepJson[];
  readonly ends?: readonly string[];
  readonly filter?: Condition;
  readonly [key: string]: Json | undefined;
};

export type Ask = { readonly fact: string; readonly op: string; readonly value?: Json; readonly of?: string };
export type Condition = Ask | { readonly all: readonly Condition[] } | { readonly any: readonly Condition[] } | { readonly not: Condition };

/** One way on from a step that has several: how it is called, and where its steps lie in the JSON. */
export type Way = { readonly key: string; readonly label: string; readonly steps: readonly StepJson[]; readonly path: readonly (string | number)[] };

/** Return the ways on of a step; none for a step that simply goes on. */
export function waysOf(step: StepJson): readonly Way[] {
  const list = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly StepJson[]) : []);
  if (step.type === "branch") {
    return [{ key: "yes", label: "yes", steps: list(step["then"]), path: ["then"] }, { key: "no", label: "no", steps: list(step["otherwise"]), path: ["otherwise"] }];
  }
  if (step.type === "wait_for") {
    return [{ key: "happened", label: "it happened", steps: list(step["then"]), path: ["then"] }, { key: "timed_out", label: "time is over", steps: list(step["otherwise"]), path: ["otherwise"] }];
  }
  if (step.type === "split") {
    const ways = list(step["ways"]) as unknown as readonly { key: string; weight: number; steps?: readonly StepJson[] }[];
    const sum = ways.reduce((total, way) => total + way.weight, 0) || 1;
    return ways.map((way, number) => ({ key: way.key, label: `${way.key} · ${Math.round((100 * way.weight) / sum)} %`, steps: way.steps ?? [], path: ["ways", number, "steps"] }));
  }
  return [];
}

/** Where a list of steps or a step lies in the definition, such as ["steps", 2, "then", 0]. */
export type Path = readonly (string | number)[];

/** Every step with where it lies, in the order in which they are written. */
export function* walk(steps: readonly StepJson[], at: Path = ["steps"]): Generator<{ step: StepJson; path: Path }> {
  for (const [number, step] of steps.entries()) {
    const path = [...at, number];
    yield { step, path };
    for (const way of waysOf(step)) yield* walk(way.steps, [...path, ...way.path]);
  }
}

/** Return a step and where it lies, by its id. */
export function find(definition: Definition, id: string): { step: StepJson; path: Path } | null {
  for (const found of walk(definition.steps)) if (found.step.id === id) return found;
  return null;
}

/** Return a copy in which what lies at `path` was replaced. */
export function changed<Whole>(whole: Whole, path: Path, change: (old: any) => unknown): Whole {
  const [key, ...rest] = path;
  if (key === undefined) return change(whole) as Whole;
  if (Array.isArray(whole)) return whole.map((one, number) => (number === key ? changed(one, rest, change) : one)) as Whole;
  const held = (whole ?? {}) as Record<string, unknown>;
  return { ...held, [key]: changed(held[key as string], rest, change) } as Whole;
}

/** Return the definition with a step put in before place `number` of the list at `list`. */
export function withStep(definition: Definition, list: Path, number: number, step: StepJson): Definition {
  return changed(definition, list, (steps: StepJson[] | undefined) => [...(steps ?? []).slice(0, number), step, ...(steps ?? []).slice(number)]);
}

/** Return the definition without the step at `path`, with all its ways. */
export function withoutStep(definition: Definition, path: Path): Definition {
  const number = path[path.length - 1] as number;
  return changed(definition, path.slice(0, -1), (steps: StepJson[]) => steps.filter((_, place) => place !== number));
}

/** Return the definition with the step one place up or down in its list. */
export function withMoved(definition: Definition, path: Path, by: -1 | 1): Definition {
  const number = path[path.length - 1] as number;
  return changed(definition, path.slice(0, -1), (steps: StepJson[]) => {
    const to = number + by;
    if (to < 0 || to >= steps.length) return steps;
    const found = [...steps];
    [found[number], found[to]] = [found[to]!, found[number]!];
    return found;
  });
}

/** Return an id that no step has yet, made from a word. */
export function freshId(definition: Definition, word: string): string {
  const taken = new Set([...walk(definition.steps)].map(({ step }) => step.id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? word : `${word}_${number}`;
    if (!taken.has(id)) return id;
  }
}
