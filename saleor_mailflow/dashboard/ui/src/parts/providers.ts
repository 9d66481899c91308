// Mail providers to pick from, by the names the settings know, and which fields each wants.

/** `needed` are the options without which nothing can be sent; every secret but an SMTP password is needed too. */
export type ProviderChoice = { readonly key: string; readonly name: string; readonly options: readonly string[]; readonly secrets: readonly string[]; readonly needed: readonly string[] };

const NEEDED = new Set(["host", "api_url", "project_id"]);
const key = (name: string, label: string, options: readonly string[] = [], secrets: readonly string[] = ["provider_api_key"]): ProviderChoice => ({ key: name, name: label, options, secrets, needed: options.filter((one) => NEEDED.has(one)) });

export const PROVIDERS: readonly ProviderChoice[] = [
  key("smtp", "SMTP server", ["host", "port", "username"], ["provider_password"]),
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

/** What the fields of options are called, and what to put there, where the name alone does not say it. */
export const OPTION_WORDS: Readonly<Record<string, { readonly label: string; readonly help?: string; readonly placeholder?: string }>> = {
  host: { label: "Mail server", help: "Your mail provider names it; often under “SMTP” or “outgoing mail”.", placeholder: "smtp.example.com" },
  port: { label: "Port", help: "Empty: 587, or 465 where encrypted from the start.", placeholder: "587" },
  username: { label: "User name", help: "Empty where the server asks for none.", placeholder: "" },
  api_url: { label: "Address of the API", help: "The https address that your provider names.", placeholder: "https://" },
  project_id: { label: "Project ID" },
  sender_domain: { label: "Sending domain", help: "Empty: that of the sender address." },
  region_name: { label: "Region", placeholder: "eu-central-1" },
};

/** Return a sentence of the API with options called as their fields are here: it names them by key, as on the command line. */
export function inWords(text: string, labels: ReadonlyMap<string, string>): string {
  return text
    .replace(/provider_options\.(\w+)/g, (_, name: string) => `“${ENCRYPTION.has(name) ? "Encryption" : name === "password" ? "SMTP password" : (OPTION_WORDS[name]?.label ?? name)}”`)
    .replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (key) => (labels.has(key) ? `“${labels.get(key)}”` : key));
}

/** The two options that stand behind one choice of encryption. */
export const ENCRYPTION = new Set(["use_tls", "use_ssl"]);

/** How the way to an SMTP server is encrypted: by itself, or as somebody said. */
export const ENCRYPTIONS = [
  { value: "", label: "Automatic: STARTTLS, and TLS on port 465" },
  { value: "tls", label: "TLS from the start" },
  { value: "none", label: "None: only for a server in your own network" },
];

/** Read the choice out of the options. */
export function encryptionOf(options: string): string {
  const said = new Map(linesOf(options));
  if (/^(yes|true|on|1)$/i.test(said.get("use_ssl") ?? "")) return "tls";
  return /^(no|false|off|0)$/i.test(said.get("use_tls") ?? "") ? "none" : "";
}

/** Write the choice into the options. */
export function withEncryption(options: string, choice: string): string {
  return withLine(withLine(options, "use_ssl", choice === "tls" ? "yes" : ""), "use_tls", choice === "none" ? "no" : "");
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
