// How many people are in a segment, as people read it.
import { people } from "../parts/words";

export function Size({ size, error }: { size: { readonly number: number; readonly exact: boolean } | null; error?: string }) {
  if (error) return <span class="wrong">{error}</span>;
  if (!size) return <span class="weak">counting …</span>;
  return <strong class="num">{size.exact ? "" : "about "}{people(size.number)}</strong>;
}
