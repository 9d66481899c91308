"""A test mail: proof for a merchant that the set-up works, or a sentence on what to do.

Refuses to look like a real mail, and to raise: whatever happens is an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from uuid import uuid4

from saleor_mailflow import conf
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import ConfigurationError, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.lines import one_line, read_address
from saleor_mailflow.messages.mail import Accepted, OutgoingMail, RenderedMail
from saleor_mailflow.messages.transport import missing_fields, transport_for

STAMP = "TEST · TEST · TEST"
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
#: Somebody waits in front of a screen, so a trial is less patient than the worker. Seconds; the merchant's own count.
PATIENCE = {"connect_timeout": "5", "timeout": "10"}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of a test mail: whether a provider took it, and the sentence for the merchant."""

    sent: bool
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def send_trial(settings: ShopSettings, to: str, *, shown: RenderedMail | None = None) -> Trial:
    """Send one watermarked test mail to ``to`` and say what happened, or what is wrong and what to do.

    ``shown`` is a mail that somebody wants to see in their own mailbox; without it the mail is about itself.
    """
    refusal = _not_yet(settings, to)
    if refusal:
        return Trial(sent=False, sentence=f"No test mail was sent: {refusal}")
    patient = replace(settings, provider_options={**PATIENCE, **settings.provider_options})
    try:
        transport = transport_for(patient)
    except ConfigurationError as error:
        return Trial(sent=False, sentence=f"No test mail was sent: {error}")
    try:
        accepted = transport.send(_mail(settings, to) if shown is None else _of(shown, settings, to))
    except Refused as error:
        return Trial(sent=False, sentence=f"The test mail was refused. {error}")
    except TryLater as error:
        return Trial(sent=False, sentence=f"No test mail was sent: {error}")
    except OutcomeUnknown as error:
        return Trial(sent=False, sentence=f"The test mail may have been sent; look in the inbox. {error}")
    finally:
        transport.close()
    return Trial(sent=True, sentence=_taken(accepted))


def _taken(accepted: Accepted) -> str:
    if accepted.provider == "console":
        return "The test mail was printed; the console provider sends nothing to anybody."
    where = "the address in MAILFLOW_REDIRECT_TO, which catches every mail," if conf.redirect_to() else "that address"
    return f"{accepted.provider} took the test mail for {where} as {accepted.message_id or 'a mail without an id'}."


def _not_yet(settings: ShopSettings, to: str) -> str:
    """Return why there is nothing to try yet, "" when there is."""
    if conf.disabled():
        return "MAILFLOW_DISABLED is set, which turns everything off. Unset it first."
    for key, address in (("the address to write to", to), ("sender_email", settings.sender_email)):
        if not address.strip():
            return f"{key} is empty. Fill it in."
        try:
            read_address(address.strip())
        except ValueError as error:
            return f"{key} cannot be used, {error}."
    return " ".join(problem.text for problem in missing_fields(settings))


def _of(shown: RenderedMail, settings: ShopSettings, to: str) -> OutgoingMail:
    """Return a mail that somebody made, marked as a test where everybody sees it."""
    mark = (
        '<p style="margin:0;padding:12px;background:#fff;color:#767676;text-align:center;'
        f'font:bold 16px/1 sans-serif;letter-spacing:4px">{STAMP}</p>'
    )
    body = _BODY.search(shown.html)
    at = body.end() if body else 0
    return replace(
        _mail(settings, to),
        subject=f"[TEST] {shown.subject}",
        html=shown.html[:at] + mark + shown.html[at:],
        text=f"{STAMP}\n\n{shown.text}",
    )


def _mail(settings: ShopSettings, to: str) -> OutgoingMail:
    name = one_line(settings.brand_name or settings.sender_name) or "your shop"
    lines = (
        f"This is a test of the mails of {name}. Nobody bought anything, and there is nothing to do.",
        "If you can read it, the provider takes our mails. Look at the sender above, and whether it came as spam.",
    )
    body = "".join(f'<p style="font:16px/1.5 sans-serif;color:#222">{escape(line)}</p>' for line in lines)
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test mail</title></head>'
        '<body style="margin:0;padding:24px;background:#fff">'
        '<p style="font:bold 28px/1 sans-serif;letter-spacing:6px;color:#767676;text-align:center">'
        f"{STAMP}</p>{body}</body></html>"
    )
    return OutgoingMail(
        uuid=uuid4(),
        to_email=to.strip(),
        sender_email=settings.sender_email.strip(),
        sender_name=settings.sender_name,
        reply_to=settings.reply_to.strip(),
        subject=f"[TEST] Mails of {name}",
        html=html,
        text="\n\n".join((STAMP, *lines)) + "\n",
        headers={"Auto-Submitted": "auto-generated"},
    )
