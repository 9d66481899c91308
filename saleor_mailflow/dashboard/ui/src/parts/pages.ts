// Lists that come page by page: the rows so far, and how to get more.
import { useEffect, useState } from "preact/hooks";

import { ask, type Document } from "../api/client";
import { sentenceOf, useAsk } from "../api/use";

export type Connection<Node> = {
  readonly totalCount: number | null;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly { readonly node: Node | null }[];
} | null;

/** Ask for a list; `next` is null behind the last page. `of` picks the list from the answer. */
export function usePages<Data, Variables extends { after?: string | null }, Node>(
  document: Document<Data, Variables>, variables: Variables, of: (data: Data) => Connection<Node>,
) {
  const asked = useAsk(document, variables);
  const key = JSON.stringify(variables);
  const [more, setMore] = useState<{ key: string; pages: readonly Connection<Node>[] }>({ key, pages: [] });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => {
    setMore({ key, pages: [] });
    setError("");
  }, [key, asked.data]);
  const first = asked.data ? of(asked.data) : null;
  const pages = [first, ...(more.key === key ? more.pages : [])];
  const last = pages[pages.length - 1];
  const rows = pages.flatMap((page) => (page?.edges ?? []).flatMap((edge) => (edge.node ? [edge.node] : [])));
  const next = async () => {
    setBusy(true);
    setError("");
    try {
      const page = of(await ask(document, { ...variables, after: last?.pageInfo.endCursor ?? null }));
      setMore((old) => ({ key, pages: [...(old.key === key ? old.pages : []), page] }));
    } catch (wrong) {
      setError(sentenceOf(wrong));
    } finally {
      setBusy(false);
    }
  };
  return { ...asked, rows, total: first?.totalCount ?? null, busy, error: asked.error || error, next: last?.pageInfo.hasNextPage ? next : null };
}
