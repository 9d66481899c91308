// Offers: what coupon steps give, from the vouchers of the shop that the merchant picks.
import { useState } from "preact/hooks";

import { DeleteOffer, type OfferFields, Offers, type OffersData, SaveOffer } from "../api/queries";
import { useAsk, useChange } from "../api/use";
import { Button, Empty, Failed, Head, Loading, Notice, Tag } from "../parts/basic";
import { Confirm, Dialog } from "../parts/dialog";
import { Check, Text } from "../parts/fields";
import { say, sayErrors } from "../parts/toast";
import { day, readable } from "../parts/words";

/** Offers that the prebuilt flows ask for by these names. */
const EXPECTED: readonly [string, string][] = [
  ["cart", "Second mail about a cart"], ["first_order", "Gift for a first order"], ["next_order", "For the next order"],
  ["win_back", "For those who stay away"], ["birthday", "Birthday present"], ["vip", "For the best customers"],
];

export function Screen() {
  const asked = useAsk(Offers, {});
  const [open, setOpen] = useState<OfferFields | null>(null);
  const offers = asked.data?.offers ?? [];
  const missing = EXPECTED.filter(([key]) => !offers.some((one) => one.key === key));
  const begin = (key: string, name: string) => setOpen({ id: "", key, name, vouchers: [], sharedCode: "", days: 14, marginPercent: null, active: true });
  return (
    <>
      <Head title="Offers" sub="What mails may promise. Each code is made for one person, checked against their cart, and gone when it does not pay.">
        <Button first onClick={() => begin("", "")}>New offer</Button>
      </Head>
      {asked.error && <Failed error={asked.error} again={asked.reload} />}
      {!asked.data && !asked.error && <Loading what="Loading the offers" />}
      {asked.data && (
        <div class="stack">
          {asked.data.vouchers === null && <Notice>The shop’s vouchers cannot be listed from here. Enter their global ids, or one code for everybody.</Notice>}
          {offers.length === 0 && <Empty title="No offer yet">Mails go without a code until you pick vouchers for an offer. Below are those that the prebuilt flows ask for.</Empty>}
          {offers.length > 0 && (
            <ul class="list">
              {offers.map((one) => (
                <li key={one.id}>
                  <div class="line">
                    <span class="title">{one.name || readable(one.key)} <span class="weak small">{one.key}</span></span>
                    <span class="side">{one.active ? <Tag tone="good">Given</Tag> : <Tag>Not given</Tag>}</span>
                    <span class="weak small">{one.sharedCode ? `One code for everybody: ${one.sharedCode}` : `${one.vouchers.map((ref) => nameOf(asked.data!.vouchers, ref)).join(" → ") || "no voucher"}`} · good for {one.days} days{one.marginPercent !== null ? ` · ${one.marginPercent} % above cost` : ""}</span>
                    <span class="side"><Button little onClick={() => setOpen(one)}>Change</Button></span>
                  </div>
                </li>
              ))}
            </ul>
          )}
          {missing.length > 0 && (
            <section class="stack tight" aria-label="Asked for by flows">
              <h2>Asked for by flows</h2>
              <ul class="list">{missing.map(([key, name]) => <li key={key}><div class="line"><span class="title">{name}</span><span class="side"><Button little onClick={() => begin(key, name)}>Set up</Button></span></div></li>)}</ul>
            </section>
          )}
        </div>
      )}
      {open && <Form key={open.key} offer={open} vouchers={asked.data?.vouchers ?? null} close={() => setOpen(null)} done={asked.reload} />}
    </>
  );
}

function nameOf(vouchers: OffersData["vouchers"], ref: string): string {
  return vouchers?.find((one) => one.ref === ref)?.name || ref;
}

function Form({ offer, vouchers, close, done }: { offer: OfferFields; vouchers: OffersData["vouchers"]; close: () => void; done: () => Promise<void> }) {
  const [typed, setTyped] = useState(offer);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [sure, setSure] = useState(false);
  const [save, saving] = useChange(SaveOffer);
  const [remove, removing] = useChange(DeleteOffer);
  const set = (part: Partial<OfferFields>) => setTyped((old) => ({ ...old, ...part }));
  const keep = async () => {
    const { id: _id, ...input } = typed;
    const { errors } = await save({ ...input, key: typed.key || typed.name.toLowerCase().replace(/[^a-z0-9]+/g, "_") });
    setWrong(errors);
    if (Object.keys(errors).length > 0) return;
    say("Saved.");
    close();
    await done();
  };
  if (sure) {
    return (
      <Confirm title={`Delete ${offer.name || offer.key}?`} yes="Delete" danger busy={removing} close={() => setSure(false)}
        confirm={async () => { if (!sayErrors((await remove({ key: offer.key })).errors)) { close(); await done(); } }}>
        <p>Mails that would have carried it go without a code. Codes that were sent stay good.</p>
      </Confirm>
    );
  }
  const toggle = (ref: string, on: boolean) => set({ vouchers: on ? [...typed.vouchers, ref] : typed.vouchers.filter((one) => one !== ref) });
  return (
    <Dialog title={offer.id ? `Change ${offer.name || offer.key}` : "New offer"} close={close}>
      {wrong[""] && <Notice tone="bad" urgent>{wrong[""]}</Notice>}
      <Text label="Name" value={typed.name} wrong={wrong["name"] ?? wrong["key"]} onInput={(name) => set({ name })} />
      {vouchers ? (
        <fieldset class="field">
          <legend class="label">Vouchers, the smallest first</legend>
          {vouchers.length === 0 && <p class="weak small">The shop has none. Make one under Discounts, Vouchers, then come back.</p>}
          {vouchers.map((one) => <Check key={one.ref} label={one.name || one.ref} checked={typed.vouchers.includes(one.ref)} help={one.endsAt ? `${one.kind}, ends ${day(one.endsAt)}` : one.kind} onInput={(on) => toggle(one.ref, on)} />)}
        </fieldset>
      ) : <Text label="Vouchers" lines={2} value={typed.vouchers.join("\n")} wrong={wrong["vouchers"]} onInput={(value) => set({ vouchers: value.split(/\s+/).filter(Boolean) })} help="Global ids, one a line." />}
      {wrong["vouchers"] && vouchers && <p class="wrong" role="alert">{wrong["vouchers"]}</p>}
      <Text label="One code for everybody" value={typed.sharedCode} onInput={(sharedCode) => set({ sharedCode })} help="Empty: everybody gets their own." />
      <Text label="Good for so many days" type="number" min="1" value={String(typed.days)} wrong={wrong["days"]} onInput={(value) => set({ days: Math.max(1, Math.trunc(Number(value) || 1)) })} />
      <Text label="What has to remain above cost, in percent" type="number" value={typed.marginPercent === null ? "" : String(typed.marginPercent)} wrong={wrong["marginPercent"]} onInput={(value) => set({ marginPercent: value === "" ? null : Math.trunc(Number(value)) })} help="Empty: it is not asked. Otherwise the smaller voucher is given, or none." />
      <Check label="Given" checked={typed.active} onInput={(active) => set({ active })} />
      <div class="row">
        {offer.id && <Button danger onClick={() => setSure(true)}>Delete</Button>}
        <span class="grow" />
        <Button onClick={close}>Cancel</Button>
        <Button first busy={saving} onClick={keep}>Save</Button>
      </div>
    </Dialog>
  );
}
