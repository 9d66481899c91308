"""What a provider's word means to us: its own kinds of failure sorted by whom they concern, where Anymail drops that.

Refuses to guess against the person: what nobody classified is a bounce that may pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from anymail.signals import EventType, RejectReason

from saleor_mailflow.audience.delivery import Kind, kind_of_failure, status_code

_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        EventType.QUEUED: Kind.ACCEPTED,
        EventType.SENT: Kind.ACCEPTED,
        EventType.DEFERRED: Kind.DEFERRED,
        EventType.DELIVERED: Kind.DELIVERED,
        EventType.OPENED: Kind.OPENED,
        EventType.CLICKED: Kind.CLICKED,
        EventType.COMPLAINED: Kind.COMPLAINED,
        EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
    }
)
_HARD, _SOFT, _POLICY, _LEFT = str(Kind.BOUNCED), str(Kind.SOFT_BOUNCED), str(Kind.REJECTED), str(Kind.UNSUBSCRIBED)


def kind_and_code(provider: str, event: Any) -> tuple[str, str]:
    """Return (kind, status code) of an Anymail tracking event; kind is "" for what does not concern a mail's fate."""
    plain = _PLAIN.get(event.event_type, "")
    code = status_code(_server_said(provider, event))
    if plain or event.event_type not in {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}:
        return plain, code if plain == Kind.DEFERRED else ""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    hint = _HINTS[provider](raw) if provider in _HINTS else ""
    return kind_of_failure(code, hint=hint or _general_hint(event)), code


def machine_says_so(provider: str, event: Any) -> bool:
    """Tell whether the provider itself says that a machine, and no person, opened the mail."""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    return provider == "sendgrid" and raw.get("sg_machine_open") is True


def _server_said(provider: str, event: Any) -> str:
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    texts: list[object] = [event.mta_response, event.description]
    if provider == "mailgun":
        status = _at(raw, "event-data", "delivery-status")
        texts = [_at(status, "enhanced-code"), *texts, _at(status, "code")]
    elif provider == "sendgrid":
        texts = [raw.get("status"), *texts]
    elif provider == "resend":
        texts += _many(_at(raw, "data", "bounce", "diagnosticCode"))
    elif provider == "mailjet":
        texts = [*texts, raw.get("comment")]
    elif provider == "amazon_ses":
        # Anymail's description is Amazon's class of bounce, not the server's word.
        texts = [_at(one, "status") for one in _many(_at(raw, "bounce", "bouncedRecipients"))][:1] + texts[:1]
    return " ".join(str(text)[:500] for text in texts if isinstance(text, str | int))


def _general_hint(event: Any) -> str:
    if event.event_type == EventType.BOUNCED:
        return _HARD if event.reject_reason == RejectReason.INVALID else _SOFT
    # The provider did not even try: because of what it knows of the person, or for reasons of its own.
    return {
        RejectReason.INVALID: _HARD,
        RejectReason.BOUNCED: _HARD,
        RejectReason.UNSUBSCRIBED: _LEFT,
    }.get(event.reject_reason, _POLICY)


def _brevo(raw: Mapping[str, Any]) -> str:
    return {"hard_bounce": _HARD, "invalid_email": _HARD, "soft_bounce": _SOFT, "blocked": _POLICY}.get(
        str(raw.get("event")), ""
    )


def _mailersend(raw: Mapping[str, Any]) -> str:
    return {"hard_bounced": _HARD, "soft_bounced": _SOFT}.get(str(_at(raw, "data", "type")), "")


def _mailgun(raw: Mapping[str, Any]) -> str:
    data = _at(raw, "event-data")
    reason = _at(data, "reason")
    if reason in {"suppress-bounce", "suppress-unsubscribe", "suppress-complaint"}:
        return {"suppress-bounce": _HARD, "suppress-unsubscribe": _LEFT}.get(str(reason), _POLICY)
    if reason in {"espblock", "old"} or _at(data, "event") == "rejected":
        return _POLICY if reason != "old" else _SOFT
    # Permanent only means that Mailgun has stopped trying: "bounce" says that the mailbox is why.
    return _HARD if reason == "bounce" and _at(data, "severity") == "permanent" else _SOFT


def _mailjet(raw: Mapping[str, Any]) -> str:
    if raw.get("event") == "blocked" or raw.get("blocked") is True:
        return _POLICY
    return _HARD if raw.get("hard_bounce") is True else _SOFT


def _mandrill(raw: Mapping[str, Any]) -> str:
    if raw.get("event") == "reject":
        reason = str(_at(raw, "reject", "reason") or _at(raw, "msg", "reject", "reason") or "")
        return {"hard-bounce": _HARD, "unsub": _LEFT}.get(reason, _POLICY)
    return _HARD if raw.get("event") == "hard_bounce" else _SOFT


def _postmark(raw: Mapping[str, Any]) -> str:
    kind = str(raw.get("Type") or raw.get("SuppressionReason") or "")
    if kind in {"HardBounce", "BadEmailAddress"}:
        return _HARD
    return _SOFT if kind == "SoftBounce" else _POLICY


def _resend(raw: Mapping[str, Any]) -> str:
    bounce = _at(raw, "data", "bounce")
    return _HARD if _at(bounce, "type") == "Permanent" else _SOFT


def _sendgrid(raw: Mapping[str, Any]) -> str:
    if raw.get("event") == "dropped":
        said = str(raw.get("reason", "")).lower()
        return _HARD if said in {"bounced address", "invalid"} else _LEFT if "unsubscribed" in said else _POLICY
    return _HARD if raw.get("type", "bounce") == "bounce" else _POLICY


def _ses(raw: Mapping[str, Any]) -> str:
    kind = _at(raw, "bounce", "bounceType")
    return "" if kind is None else _HARD if kind == "Permanent" else _SOFT


def _sparkpost(raw: Mapping[str, Any]) -> str:
    event = next(iter(_at(raw, "msys").values()), None) if isinstance(_at(raw, "msys"), Mapping) else None
    bounce = str(_at(event, "bounce_class") or "")
    if bounce in {"10", "30", "90"}:
        return _LEFT if bounce == "90" else _HARD
    return _POLICY if bounce in {"25", "50", "51", "52", "53", "54"} else _SOFT if bounce else ""


def _unisender_go(raw: Mapping[str, Any]) -> str:
    said = str(_at(raw, "delivery_info", "delivery_status") or "")
    if said in {"err_user_unknown", "err_domain_inactive"}:
        return _HARD
    if said in {"err_spam_rejected", "err_spam_skipped", "err_blacklisted"}:
        return _POLICY
    return _LEFT if said == "err_unsubscribed" else _SOFT


_HINTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "amazon_ses": _ses,
        "brevo": _brevo,
        "mailersend": _mailersend,
        "mailgun": _mailgun,
        "mailjet": _mailjet,
        "mailtrap": lambda raw: _HARD if raw.get("event") == "bounce" else "",
        "mandrill": _mandrill,
        "postal": lambda raw: "",
        "postmark": _postmark,
        "resend": _resend,
        "sendgrid": _sendgrid,
        "sparkpost": _sparkpost,
        "unisender_go": _unisender_go,
    }
)


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []
