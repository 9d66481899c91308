// The mail provider: picked from a list, then only the fields that it wants, each in words.
import { Select, Text } from "./fields";
import { ENCRYPTION, ENCRYPTIONS, OPTION_WORDS, PROVIDERS, encryptionOf, linesOf, providerOf, withEncryption, withLine } from "./providers";
import { Field, FILL_IN, type Form } from "./settings_form";
import { readable } from "./words";

export function ProviderFields({ form }: { form: Form }) {
  const chosen = form.value("provider");
  const wanted = providerOf(chosen);
  const options = form.value("provider_options");
  const lines = linesOf(options);
  const smtp = chosen === "smtp";
  const names = [...new Set([...wanted.options, ...lines.map(([name]) => name).filter((name) => name && !(smtp && ENCRYPTION.has(name)))])];
  const problems = [...(form.by.get("provider")?.problems ?? []), ...(form.by.get("provider_options")?.problems ?? [])];
  return (
    <>
      <Select label="Mail provider" value={chosen} wrong={problems[0] ?? (form.lacks("provider") ? "Choose who carries your mail." : undefined)} options={PROVIDERS.map((one) => ({ value: one.key, label: one.name }))} onInput={form.set("provider")} />
      {chosen && names.map((name) => {
        const held = lines.find(([one]) => one === name)?.[1] ?? "";
        const words = OPTION_WORDS[name];
        return <Text key={name} label={words?.label ?? readable(name)} help={words?.help} placeholder={words?.placeholder ?? ""} wrong={!held && form.marked.has(`provider_options ${name}`) ? FILL_IN : undefined} value={held} onInput={(value) => form.set("provider_options")(withLine(options, name, value))} />;
      })}
      {wanted.secrets.map((name) => <Field key={`${chosen} ${name}`} form={form} name={name} {...(smtp ? { help: "Empty where the server asks for none." } : {})} />)}
      {smtp && <Select label="Encryption" value={encryptionOf(options)} options={ENCRYPTIONS} onInput={(choice) => form.set("provider_options")(withEncryption(options, choice))} />}
    </>
  );
}

/** Return what is still missing before mail can be carried, as names to mark. */
export function lackingOfProvider(form: Form): string[] {
  const chosen = form.value("provider");
  if (!chosen) return ["provider"];
  const wanted = providerOf(chosen);
  const said = new Map(linesOf(form.value("provider_options")));
  // A key in the options themselves, or Amazon's from its own surroundings, is as good: only a test mail can tell.
  const secrets = chosen === "amazon_ses" || chosen === "smtp" ? [] : wanted.secrets;
  return [...wanted.needed.filter((name) => !said.get(name)).map((name) => `provider_options ${name}`), ...secrets.filter((name) => form.isEmpty(name) && said.size === 0)];
}
