// How mails look and what the merchant says in them of their own, in one place for every template; a channel may differ.
import { useEffect, useState } from "preact/hooks";

import { DropLook, Looks, SaveLook } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Failed, Head, Loading, Notice } from "../parts/basic";
import { NO_CHANNELS, useChannels } from "../parts/channels";
import { Confirm } from "../parts/dialog";
import { Select, Text } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";

type Brand = { logo_url?: string; logo_width?: number; accent?: string; font?: string; tone?: string; social?: Record<string, string> };
/** As the API keeps it: the look proper under `brand`, the shop's own words and addresses beside it. */
type Look = { brand?: Brand; story?: string; season?: string; draw?: string; review_url?: string; product_url?: string; promises?: readonly string[] };

const FONTS = [["classic", "Classic, with serifs"], ["modern", "Modern (Helvetica, Arial)"], ["system", "As the reader’s device"], ["verdana", "Verdana"], ["trebuchet", "Trebuchet"], ["palatino", "Palatino"]] as const;
const TONES = [["formal", "Formal"], ["friendly", "Friendly"]] as const;
/** What the networks call themselves, where that is not the key with a capital. */
const NETWORK: Record<string, string> = { tiktok: "TikTok", youtube: "YouTube", linkedin: "LinkedIn", whatsapp: "WhatsApp" };
const NETWORKS = ["instagram", "facebook", "tiktok", "youtube", "pinterest", "linkedin", "x", "mastodon", "bluesky", "whatsapp"];
const options = (rows: readonly (readonly [string, string])[]) => rows.map(([value, label]) => ({ value, label }));

export function Screen() {
  const asked = useAsk(Looks, {});
  const [channel, setChannel] = useState("");
  const [whole, setWhole] = useState<Look>({});
  const [wrong, setWrong] = useState("");
  const [sure, setSure] = useState(false);
  const [save, busy] = useChange(SaveLook);
  const [drop, dropping] = useChange(DropLook);
  const kept = asked.data?.brands.find((one) => one.channel === channel)?.values;
  const all = asked.data?.brands.find((one) => one.channel === "")?.values;
  useEffect(() => {
    setWhole(JSON.parse(kept ?? all ?? "{}") as Look);
    setWrong("");
  }, [kept, all, channel]);
  const tell = (part: Look) => setWhole((old) => ({ ...old, ...part }));
  const look = whole.brand ?? {};
  const set = (part: Brand) => tell({ brand: { ...look, ...part } });
  const keep = async () => {
    const { errors } = await save({ channel, values: JSON.stringify({ ...whole, promises: (whole.promises ?? []).filter((one) => one.trim()) }) });
    setWrong(Object.values(errors)[0] ?? "");
    if (Object.keys(errors).length > 0) return;
    say("Saved: every mail looks so from now on.");
    await asked.reload();
  };
  const takeBack = async () => {
    setSure(false);
    if (!sayErrors((await drop({ channel })).errors)) say("It looks like all others from now on.");
    await asked.reload();
  };
  const channels = useChannels();
  const own = new Set((asked.data?.brands ?? []).map((one) => one.channel));
  const social = look.social ?? {};
  return (
    <>
      <Head title="How mails look" back={{ to: "/templates", name: "Templates" }} sub="One place for every template.">
        {channel && own.has(channel) && <Button onClick={() => setSure(true)}>Look like all others</Button>}
        <Button first busy={busy} onClick={keep}>Save</Button>
      </Head>
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the look" tall={1} />}
      {asked.data && (
        <div class="stack narrow">
          <Select label="Channel" value={channel} onInput={setChannel}
            options={[{ value: "", label: "All channels" }, ...channels.options.map((one) => ({ ...one, label: own.has(one.value) ? `${one.label}, its own look` : one.label }))]}
            help={channel && !own.has(channel) ? "It looks like all others until you save a look of its own here." : channels.known && channels.options.length === 0 ? NO_CHANNELS : undefined} />
          {wrong && <Notice tone="bad" urgent>{wrong}</Notice>}
          <section class="card stack" aria-label="Look">
            <Text label="Address of your logo" value={look.logo_url ?? ""} onInput={(logo_url) => set({ logo_url })} help="Beginning with https://. Empty: the shop’s name stands there." />
            <Text label="Width of the logo in pixels" type="number" min="24" max="320" value={String(look.logo_width ?? 140)} onInput={(value) => set({ logo_width: Math.trunc(Number(value) || 140) })} help="Make the picture twice as wide, for sharp screens." />
            <div class="row tight colour">
              <Text class="grow" label="Colour of buttons" value={look.accent ?? "#1c1e21"} onInput={(accent) => set({ accent })} help="Such as #1c1e21. What is written on it is dark or light, whichever reads better." />
              <input type="color" class="swatch" aria-label="Pick the colour of buttons" value={/^#[0-9a-f]{6}$/i.test(look.accent ?? "") ? look.accent : "#1c1e21"} onInput={(event) => set({ accent: event.currentTarget.value })} />
            </div>
            <Select label="Type" value={look.font ?? "classic"} options={options(FONTS)} onInput={(font) => set({ font })} />
            <Select label="Tone" value={look.tone ?? "formal"} options={options(TONES)} onInput={(tone) => set({ tone })} help="For languages that know the difference." />
          </section>
          <section class="card stack" aria-label="Your own words">
            <h2>Your own words</h2>
            <Text label="Your story" lines={4} value={whole.story ?? ""} onInput={(story) => tell({ story })} help="Who you are and why you do it; stands in the welcome mail." />
            <Text label="This season" lines={2} value={whole.season ?? ""} onInput={(season) => tell({ season })} help="What is going on in the shop just now." />
            <Text label="A draw for those who review" lines={2} value={whole.draw ?? ""} onInput={(draw) => tell({ draw })} help="What they may win. Empty: they are asked to help others choose." />
            <Text label="What you promise" lines={4} value={(whole.promises ?? []).join("\n")} onInput={(value) => tell({ promises: value === "" ? [] : value.split("\n") })} help="At most four, a short sentence each, one a line: such as Free returns for 30 days." />
            <Text label="Where people review" value={whole.review_url ?? ""} onInput={(review_url) => tell({ review_url })} placeholder="https://" help="May hold {order}, {product} and {product_slug}." />
            <Text label="Where a product is seen" value={whole.product_url ?? ""} onInput={(product_url) => tell({ product_url })} placeholder="https://" help="With {slug} or {product}." />
          </section>
          <section class="card stack" aria-label="Social links">
            <h2>Social links</h2>
            {NETWORKS.map((one) => <Text key={one} label={NETWORK[one] ?? one.charAt(0).toUpperCase() + one.slice(1)} value={social[one] ?? ""} placeholder="https://" onInput={(value) => set({ social: value ? { ...social, [one]: value } : Object.fromEntries(Object.entries(social).filter(([key]) => key !== one)) })} />)}
          </section>
        </div>
      )}
      {sure && (
        <Confirm title={`Let ${channels.nameOf(channel)} look like all others?`} yes="Take its look back" danger busy={dropping} close={() => setSure(false)} confirm={takeBack}>
          <p>Its own logo, colours and words are taken out. Mails of that channel look as all others from now on.</p>
        </Confirm>
      )}
    </>
  );
}
