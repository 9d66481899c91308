"""The fields of the plugin's settings page: what the Dashboard shows, and what stands there before anybody types.

Refuses to know Saleor: at import the plugin needs nothing of ours but this, which needs nothing at all.
"""

from __future__ import annotations

#: What Saleor calls the types of fields (``saleor.plugins.base_plugin.ConfigurationTypeField``; a test compares them).
STRING, MULTILINE, BOOLEAN = "String", "Multiline", "Boolean"
SECRET, PASSWORD, OUTPUT = "Secret", "Password", "OUTPUT"


def _field(kind: str, label: str, help_text: str) -> dict[str, str]:
    return {"type": kind, "label": label, "help_text": help_text}


CONFIG_STRUCTURE: dict[str, dict[str, str]] = {
    "status": _field(OUTPUT, "Status", "How it is going, and what to do next. Written by Mailflow."),
    "dashboard": _field(
        OUTPUT, "Where to shape your flows", "Everything that is more than a line of text. Written by Mailflow."
    ),
    "sender_name": _field(STRING, "Sender name", "Whom your mail is from, such as: Corner Shop"),
    "sender_email": _field(STRING, "Sender address", "An address of a domain your mail provider may send for."),
    "reply_to": _field(STRING, "Replies go to", "Empty: to the sender address."),
    "brand_name": _field(STRING, "Shop name in mails", "Empty: the sender name."),
    "postal_address": _field(
        MULTILINE, "Postal address", "Stands at the foot of each mail; the law asks for it. Required."
    ),
    "provider": _field(
        STRING,
        "Mail provider",
        "One of: smtp, amazon_ses, brevo, mailersend, mailgun, mailjet, mailtrap, mandrill, postal, postmark, "
        "resend, scaleway, sendgrid, sparkpost, unisender_go. For trying out: console (prints to the log).",
    ),
    "provider_options": _field(
        MULTILINE,
        "Provider options",
        "One `name = value` a line. smtp: host, port, username, use_tls, use_ssl, pipelining. Mailgun: sender_domain. "
        "Postal, Unisender Go: api_url. Scaleway: project_id. Others: nothing but their key.",
    ),
    "storefront_links": _field(
        MULTILINE,
        "Cart address of your storefront",
        "One `channel = address` a line, with {token} or {checkout} where the cart's id goes; * is any channel. "
        "Such as: default-channel = https://shop.example/checkout?checkout={checkout}. It may hold {code} for the code "
        "of the mail, and {variants} (reference:quantity pairs) to put a cart together that is gone.",
    ),
    "lawful_basis": _field(
        MULTILINE,
        "Why you may write",
        "One `channel = basis` a line: auto, consent, existing_customer or none; * is any channel. Empty: auto, "
        "which asks for consent in the EU and in countries it does not know.",
    ),
    "consent_key": _field(
        STRING,
        "Metadata key of consent",
        "The key under which your storefront notes on checkout, order or account that somebody wants mail. "
        "Empty: newsletter",
    ),
    "birthday_key": _field(
        STRING,
        "Where the date of birth stands",
        "The metadata key or customer attribute of an account, written there as 1990-06-15. Empty: birthday",
    ),
    "gender_key": _field(
        STRING, "Where the gender stands", "The metadata key or customer attribute of an account. Empty: gender"
    ),
    "attribute_keys": _field(
        MULTILINE,
        "What else conditions may ask about",
        "Metadata keys or customer attributes of accounts, one a line. Nothing else of an account is kept.",
    ),
    "link_host": _field(
        STRING, "Host of our links", "Such as https://mail.shop.example. Empty: this shop's own address."
    ),
    "law": _field(
        MULTILINE,
        "Your edits of the law table",
        "One `country.kind = basis` a line, such as: DE.cart = consent. Kinds: cart, marketing, review, "
        "service_offer; * is any country. Empty: our table, docs/reference/law.md.",
    ),
    "sending_entities": _field(
        MULTILINE,
        "Channels that mail under one name",
        "One `name = channel, channel` a line: they share consent and unsubscribes. Empty: all channels are one.",
    ),
    "quiet_hours": _field(
        STRING,
        "When promotional mail may come",
        "Where the person is, such as 8-21 or 8:30-20 mon-fri. Empty: 8-21. Cart mails come when they are due.",
    ),
    "timezone": _field(
        MULTILINE,
        "Time zone of people whose own is not known",
        "One `channel = zone` a line, such as * = Europe/Berlin. A person's address comes first.",
    ),
    "track_clicks": _field(BOOLEAN, "Count clicks", "Links in marketing mail lead through this shop's own address."),
    "track_opens": _field(
        BOOLEAN, "Count opens", "By an invisible picture. Unreliable, and in many places needs consent."
    ),
    "retention": _field(
        MULTILINE,
        "How long things are kept",
        "One `what = days` a line, such as: baskets = 60. Empty: baskets nobody bought and texts of mails 90 days, "
        "decisions and delivery events 13 months. `mailflow purge --dry-run` lists what there is.",
    ),
    "test_send_to": _field(
        STRING,
        "Send a test mail to",
        "Enter an address and save: one mail goes there, the field empties itself and Status says how it went.",
    ),
    "flow_abandoned_checkout": _field(
        BOOLEAN, "Abandoned checkout", "Two mails to those who left a cart; none to those who bought."
    ),
    "flow_abandoned_checkout_shadow": _field(
        BOOLEAN,
        "Abandoned checkout: rehearse",
        "Do everything but send, to see what would go out. Wins over the switch above.",
    ),
    "provider_api_key": _field(
        SECRET,
        "Provider API key",
        "Postmark calls it server token, MailerSend and Mailtrap API token, Amazon SES access key ID, Scaleway "
        "secret key. Instead of the secret you may enter env:NAME or file:/path, read when a mail is sent.",
    ),
    "provider_secret": _field(
        SECRET, "Provider secret key", "Mailjet's secret key or Amazon's secret access key. Or env:NAME."
    ),
    "provider_signing_key": _field(
        SECRET,
        "Webhook signing key",
        "With which Mailgun, Mandrill, MailerSend, Mailtrap, SendGrid, Resend or Postal signs what it tells of "
        "your mails. `mailflow doctor` says which address to enter there. Or env:NAME.",
    ),
    "provider_password": _field(PASSWORD, "SMTP password", "For the provider smtp. Or env:NAME, file:/path."),
}
DEFAULT_CONFIGURATION: list[dict[str, object]] = [
    {"name": name, "value": name == "track_clicks" if field["type"] == BOOLEAN else ""}
    for name, field in CONFIG_STRUCTURE.items()
]
