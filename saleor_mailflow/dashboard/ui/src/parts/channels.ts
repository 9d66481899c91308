// The shop's channels to choose from: nobody has to know a slug by heart.
import { Channels } from "../api/queries";
import { useAsk } from "../api/use";
import type { Option } from "./fields";

export type ShopChannels = { readonly known: boolean; readonly options: readonly Option[]; readonly nameOf: (slug: string) => string };

/** Return the channels by name; `known` is false until they came. */
export function useChannels(): ShopChannels {
  const all = useAsk(Channels, {}).data?.channels;
  const nameOf = (slug: string) => all?.find((one) => one.slug === slug)?.name || slug;
  return { known: all !== undefined, nameOf, options: (all ?? []).map((one) => ({ value: one.slug, label: one.name && one.name !== one.slug ? `${one.name} (${one.slug})` : one.slug })) };
}

/** What is said where the shop has none that could be chosen. */
export const NO_CHANNELS = "Your channels are listed here once a cart or an order came from one.";
