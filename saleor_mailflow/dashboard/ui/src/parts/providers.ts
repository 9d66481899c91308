// Mail providers to pick from, by the names the settings know, and which fields each wants.

export type ProviderChoice = { readonly key: string; readonly name: string; readonly options: readonly string[]; readonly secrets: readonly string[] };

const key = (name: string, label: string, options: readonly string[] = [], secrets: readonly string[] = ["provider_api_key"]): ProviderChoice => ({ key: name, name: label, options, secrets });

export const PROVIDERS: readonly ProviderChoice[] = [
  key("smtp", "SMTP server", ["host", "port", "username", "use_tls"], ["provider_password"]),
  key("amazon_ses", "Amazon SES", ["region_name"], ["provider_api_key", "provider_secret"]),
  key("brevo", "Brevo"), key("mailersend", "MailerSend"), key("mailgun", "Mailgun", ["sender_domain"]), key("mailjet", "Mailjet", [], ["provider_api_key", "provider_secret"]),
  key("mailtrap", "Mailtrap"), key("mandrill", "Mandrill"), key("postal", "Postal", ["api_url"]), key("postmark", "Postmark"), key("resend", "Resend"),
  key("scaleway", "Scaleway", ["project_id"]), key("sendgrid", "SendGrid"), key("sparkpost", "SparkPost"), key("unisender_go", "Unisender Go", ["api_url"]),
  key("console", "Only try it out (prints to the log)", [], []),
];

/** Return one provider's row; an empty one for a name that is newer than this list. */
export function providerOf(name: string): ProviderChoice {
  return PROVIDERS.find((one) => one.key === name) ?? key(name, name);
}

export type Line = readonly [name: string, value: string];

/** Read `name = value` lines, as the settings are typed. */
export function linesOf(text: string): Line[] {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? ["", line.trim()] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

/** Write lines as the settings are typed. */
export function textOf(lines: readonly Line[]): string {
  return lines.filter(([name, value]) => name || value).map(([name, value]) => (name ? `${name} = ${value}` : value)).join("\n");
}

/** Return the lines with one value set; an empty value takes the line away. */
export function withLine(text: string, name: string, value: string): string {
  const lines = linesOf(text);
  const rest = lines.some(([one]) => one === name) ? lines.map((one): Line => (one[0] === name ? [name, value] : one)) : [...lines, [name, value] as Line];
  return textOf(rest.filter(([one, held]) => one !== name || held));
}
