// How mails look: logo, colour, type, tone and social links, in one place for every template; a channel may differ.
import { useEffect, useState } from "preact/hooks";

import { Looks, SaveLook } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Failed, Head, Loading, Notice } from "../parts/basic";
import { Select, Text } from "../parts/fields";
import { say } from "../parts/toast";

type Look = { logo_url?: string; logo_width?: number; accent?: string; font?: string; tone?: string; social?: Record<string, string>; [key: string]: unknown };

const FONTS = [["classic", "Classic, with serifs"], ["modern", "Modern (Helvetica, Arial)"], ["system", "As the reader’s device"], ["verdana", "Verdana"], ["trebuchet", "Trebuchet"], ["palatino", "Palatino"]] as const;
const TONES = [["formal", "Formal"], ["friendly", "Friendly"]] as const;
const NETWORKS = ["instagram", "facebook", "tiktok", "youtube", "pinterest", "linkedin", "x", "mastodon", "bluesky", "whatsapp"];
const options = (rows: readonly (readonly [string, string])[]) => rows.map(([value, label]) => ({ value, label }));

export function Screen() {
  const asked = useAsk(Looks, {});
  const [channel, setChannel] = useState("");
  const [typed, setTyped] = useState("");
  const [look, setLook] = useState<Look>({});
  const [wrong, setWrong] = useState("");
  const [save, busy] = useChange(SaveLook);
  const kept = asked.data?.brands.find((one) => one.channel === channel)?.values;
  const whole = asked.data?.brands.find((one) => one.channel === "")?.values;
  useEffect(() => setLook(JSON.parse(kept ?? whole ?? "{}") as Look), [kept, whole, channel]);
  const set = (part: Look) => setLook((old) => ({ ...old, ...part }));
  const keep = async () => {
    const { errors } = await save({ channel, values: JSON.stringify(look) });
    setWrong(Object.values(errors)[0] ?? "");
    if (Object.keys(errors).length > 0) return;
    say("Saved: every mail looks so from now on.");
    await asked.reload();
  };
  const channels = [...new Set(["", ...(asked.data?.brands ?? []).map((one) => one.channel), channel])];
  const social = look.social ?? {};
  return (
    <>
      <Head title="How mails look" back={{ to: "/templates", name: "Templates" }} sub="One place for every template.">
        <Button first busy={busy} onClick={keep}>Save</Button>
      </Head>
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the look" tall={1} />}
      {asked.data && (
        <div class="stack narrow">
          <div class="row tight bottom">
            <Select class="grow" label="Channel" value={channel} onInput={setChannel} options={channels.map((one) => ({ value: one, label: one || "All channels" }))} />
            <Text class="grow" label="Another channel that differs" value={typed} onInput={setTyped} placeholder="its slug" />
            <Button disabled={!typed.trim()} onClick={() => { setChannel(typed.trim()); setTyped(""); }}>Give it its own look</Button>
          </div>
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
          <section class="card stack" aria-label="Social links">
            <h2>Social links</h2>
            {NETWORKS.map((one) => <Text key={one} label={one.charAt(0).toUpperCase() + one.slice(1)} value={social[one] ?? ""} placeholder="https://" onInput={(value) => set({ social: value ? { ...social, [one]: value } : Object.fromEntries(Object.entries(social).filter(([key]) => key !== one)) })} />)}
          </section>
        </div>
      )}
    </>
  );
}
