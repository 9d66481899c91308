// The mail provider: picked from a list, then only the fields that it wants.
import { Select, Text } from "./fields";
import { PROVIDERS, linesOf, providerOf, withLine } from "./providers";
import { Field, type Form } from "./settings_form";
import { readable } from "./words";

export function ProviderFields({ form }: { form: Form }) {
  const chosen = form.value("provider");
  const wanted = providerOf(chosen);
  const options = form.value("provider_options");
  const lines = linesOf(options);
  const names = [...new Set([...wanted.options, ...lines.map(([name]) => name).filter(Boolean)])];
  const problems = [...(form.by.get("provider")?.problems ?? []), ...(form.by.get("provider_options")?.problems ?? [])];
  return (
    <>
      <Select label="Mail provider" value={chosen} wrong={problems[0]} options={PROVIDERS.map((one) => ({ value: one.key, label: one.name }))} onInput={form.set("provider")} />
      {chosen && names.map((name) => (
        <Text key={name} label={readable(name)} value={lines.find(([one]) => one === name)?.[1] ?? ""} onInput={(value) => form.set("provider_options")(withLine(options, name, value))} />
      ))}
      {wanted.secrets.map((name) => <Field key={`${chosen} ${name}`} form={form} name={name} />)}
    </>
  );
}
