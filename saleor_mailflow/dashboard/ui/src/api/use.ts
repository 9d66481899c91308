// Questions and changes as hooks. What was seen before is shown at once while it is asked anew.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { ApiError, ask, type Document } from "./client";

const seen = new Map<string, unknown>();

export type Asked<Data> = {
  readonly data: Data | null;
  readonly error: string;
  readonly loading: boolean;
  readonly reload: () => Promise<void>;
  readonly put: (data: Data) => void;
};

/** Ask, and ask again when the variables change. `null` as variables asks nothing yet. */
export function useAsk<Data, Variables>(document: Document<Data, Variables>, variables: Variables | null): Asked<Data> {
  const key = variables === null ? "" : `${document.name} ${JSON.stringify(variables)}`;
  const [state, setState] = useState<{ key: string; data: Data | null; error: string; loading: boolean }>({
    key, data: (seen.get(key) as Data) ?? null, error: "", loading: key !== "",
  });
  const current = useRef(key);
  current.current = key;
  const reload = useCallback(async () => {
    if (!key) return;
    setState((old) => ({ key, data: old.key === key ? old.data : ((seen.get(key) as Data) ?? null), error: "", loading: true }));
    try {
      const data = await ask(document, variables as Variables);
      seen.set(key, data);
      if (current.current === key) setState({ key, data, error: "", loading: false });
    } catch (error) {
      if (current.current === key) setState((old) => ({ ...old, key, error: sentenceOf(error), loading: false }));
    }
  }, [key]);
  useEffect(() => void reload(), [reload]);
  const put = useCallback((data: Data) => {
    seen.set(key, data);
    setState({ key, data, error: "", loading: false });
  }, [key]);
  const mine = state.key === key;
  return { data: mine ? state.data : ((seen.get(key) as Data) ?? null), error: mine ? state.error : "", loading: !mine || state.loading, reload, put };
}

type Refusal = { readonly field?: string | null; readonly message: string };

/** What a change came to: its payload, or the sentences that kept it from being done, by field ("" is none). */
export type Done<Payload> = { payload: Payload | null; errors: Record<string, string> };

/** Return how to make a change, and whether it is under way. Every payload of the API has `errors`. */
export function useChange<Data extends Record<string, { readonly errors: readonly Refusal[] } | null>, Variables>(
  document: Document<Data, Variables>,
): [(variables: Variables) => Promise<Done<NonNullable<Data[keyof Data]>>>, boolean] {
  const [busy, setBusy] = useState(false);
  const run = useCallback(async (variables: Variables) => {
    setBusy(true);
    try {
      const data = await ask(document, variables);
      const payload = Object.values(data)[0] as NonNullable<Data[keyof Data]> | null;
      const errors: Record<string, string> = {};
      for (const error of payload?.errors ?? []) errors[error.field ?? ""] ??= error.message;
      return { payload: Object.keys(errors).length > 0 ? null : payload, errors };
    } catch (error) {
      return { payload: null, errors: { "": sentenceOf(error) } };
    } finally {
      setBusy(false);
    }
  }, []);
  return [run, busy];
}

/** Return what went wrong as a sentence for the merchant. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError && error.code === "PermissionDenied") return `${error.message} Ask whoever manages staff permissions in this shop.`;
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
