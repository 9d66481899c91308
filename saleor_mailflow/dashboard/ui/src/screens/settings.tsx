// What is set, in groups; for channels that differ, a row each.
import { useEffect, useState } from "preact/hooks";

import { guardLeaving, go } from "../frame/router";
import { Button, Failed, Head, Loading } from "../parts/basic";
import { Confirm } from "../parts/dialog";
import { Select } from "../parts/fields";
import { Field, type Form, PerChannel, useSettings } from "../parts/settings_form";
import { ProviderFields } from "../parts/provider_fields";

const BASES = [
  { value: "", label: "As the law table says" }, { value: "consent", label: "Only who said yes" },
  { value: "existing_customer", label: "Who said yes, and customers" }, { value: "none", label: "Everybody who has not said no" },
];
/** What is written out where nothing would say the same. */
const AUTO = { value: "auto", label: "As the law table says" };
const MODES = [{ value: "", label: "Careful: one mail at a time is at risk" }, { value: "fast", label: "Fast: up to ten mails at a time are at risk" }];

const GROUPS: readonly [string, string, readonly string[]][] = [
  ["Sender", "Whom your mail is from, and what stands at its foot.", ["sender_name", "sender_email", "reply_to", "brand_name", "postal_address"]],
  ["Mail provider", "Who carries the mail.", ["provider", "provider_options", "provider_api_key", "provider_secret", "provider_password", "provider_signing_key", "sending_mode"]],
  ["Links", "Where links in mails lead.", ["storefront_links", "link_host"]],
  ["Permission", "To whom you may write.", ["lawful_basis", "consent_key", "law", "sending_entities"]],
  ["Hours", "When promotional mail may come.", ["quiet_hours", "timezone"]],
  ["Counting and keeping", "What is counted, and for how long it is kept.", ["track_clicks", "track_opens", "retention"]],
];
/** Providers that sign what they tell of mails with a key that has to be entered. */
const SIGNING = new Set(["mailgun", "mandrill", "mailersend", "mailtrap", "sendgrid", "resend", "postal"]);
const PER_CHANNEL = new Set(["storefront_links", "lawful_basis", "timezone", "sending_entities"]);

export function Screen() {
  const form = useSettings();
  const changes = form.changed().length;
  const [leaving, setLeaving] = useState("");
  useEffect(() => (changes > 0 ? guardLeaving(() => "changes", setLeaving) : undefined), [changes > 0]);
  const known = new Set(GROUPS.flatMap(([, , keys]) => keys));
  const others = form.all.filter((one) => one.type !== "OUTPUT").map((one) => one.key).filter((key) => !known.has(key));
  const groups = others.length > 0 ? [...GROUPS, ["More", "", others] as const] : GROUPS;
  return (
    <>
      <Head title="Settings" sub="For the whole shop; a channel that differs gets its own row.">
        {changes > 0 && <span class="weak small">{changes === 1 ? "1 change" : `${changes} changes`} not saved</span>}
        <Button first busy={form.busy} disabled={changes === 0} onClick={() => void form.save()}>Save</Button>
      </Head>
      {form.error && <Failed error={form.error} again={form.reload} />}
      {!form.data && !form.error && <Loading what="Loading the settings" tall={4} />}
      {form.data && (
        <div class="stack wide">
          {groups.map(([title, line, keys]) => (
            <section key={title} class="setting-group" aria-label={title}>
              <div><h2>{title}</h2><p class="weak">{line}</p></div>
              <div class="card stack">{keys.map((key) => <One key={key} form={form} name={key} />)}</div>
            </section>
          ))}
        </div>
      )}
      {leaving && (
        <Confirm title="Leave without saving?" yes="Leave" close={() => setLeaving("")} confirm={() => go(leaving, { sure: true })}>
          <p>What you changed here is not saved.</p>
        </Confirm>
      )}
    </>
  );
}

function One({ form, name }: { form: Form; name: string }) {
  if (name === "provider") return <ProviderFields form={form} />;
  if (name === "provider_signing_key" && !SIGNING.has(form.value("provider"))) return null;
  if (name === "provider_options" || ["provider_api_key", "provider_secret", "provider_password"].includes(name)) return null;
  if (PER_CHANNEL.has(name)) {
    if (name === "sending_entities") return <PerChannel form={form} name={name} placeholder="a name of your own, such as germany" whole={false} />;
    return name === "lawful_basis"
      ? <PerChannel form={form} name={name} options={/=\s*auto\b/.test(form.value(name)) ? [...BASES.slice(1), AUTO] : BASES} />
      : <PerChannel form={form} name={name} placeholder={name === "timezone" ? "Europe/Berlin" : "https://shop.example/checkout?checkout={checkout}"} />;
  }
  if (name === "sending_mode") {
    const held = form.value(name) === "fast" ? "fast" : "";
    return form.by.has(name) ? <Select label="Sending mode" help="Where a worker dies, the mails at risk may have left or not, and are not repeated." value={held} options={MODES} onInput={form.set(name)} /> : null;
  }
  return <Field form={form} name={name} />;
}
