"""What a provider's HTTP answer, or the lack of one, means for the mail: refused, later, or nobody knows.

Refuses to burn a mail over a matter of the account, and to call anything certain once the request was sent and no
clear answer came. One mail that a provider dislikes must not hold up the others: only what would be said to each of
them (no access, no money, too fast, out of order) says ``connection_lost``.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator

import requests
from urllib3.exceptions import NewConnectionError

from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.lines import scrub

#: How providers name the recipient: 'to', `to`, "to", to.0.email, personalizations.0.to.0.email.
_TO = r"(recipient|[`'\"]to[`'\"]|\bto\.\d+\.email|personalizations[.\d]+to[.\d]+email)"
_RECIPIENT = re.compile(
    rf"(invalid|not valid|illegal|malformed|error parsing|undeliverable)[^.]{{0,40}}{_TO}"
    rf"|{_TO}[^.]{{0,60}}(not (a |be )?valid|invalid|illegal|malformed|must be a valid)"
    r"|\bemail is not valid in to\b|does not contain a valid address",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(sender|\bfrom\b|domain|identity|signature)[^.]{0,80}"
    r"(verif|not (be )?(valid|authori[sz]ed|confirmed|allowed|registered|found|configured)|invalid|unknown)"
    r"|(invalid|unknown|unverified|unconfigured)[^.]{0,40}(sender|\bfrom\b|domain|identity|signature)"
    r"|address is not verified|sender signature|api.?key|api token"
    r"|suspend|paused|inactive account|not enough credit|out of credit|payment|upgrade|\bplan\b|subaccount",
    re.IGNORECASE,
)
#: Mandrill answers every error with 500 and names it.
_NAMED_500 = re.compile(r'"name"\s*:\s*"(Invalid_Key|ValidationError|PaymentRequired|Unknown_Subaccount)"')
_WORDS = frozenset({"message", "error", "errormessage", "detail", "description", "title", "name", "code", "errors"})
#: TLS that failed in the handshake, so before the request; anything else may have failed after it.
_HANDSHAKE = re.compile(r"VERIFY_FAILED|WRONG_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE|ALERT|HTTP_REQUEST|NO_PROTOCOLS")


def answer_failure(
    status: int, body: str, parsed: object, *, credentials: str, secrets: Iterable[str] = ()
) -> HandOffFailed:
    """Return the failure that an answer is. ``parsed`` is its JSON, None where it has none.

    ``status`` of 2xx means that Anymail could not make sense of it. ``credentials`` is the setting to check.
    """
    said = scrub(" ".join(dict.fromkeys(_words(parsed))) or re.sub(r"<[^>]*>", " ", body), secrets=secrets)
    code = str(status)
    shown = f"HTTP {status}" + (f", {said}" if said else "")
    if (status == 500 and _NAMED_500.search(body)) or (200 <= status < 300 and _says_error(parsed)):
        status = 400
    if status in (401, 402, 403):
        why = "has no credit for this account" if status == 402 else "does not let us in"
        return TryLater(f"The provider {why} ({shown}). Check {credentials}.", code=code, connection_lost=True)
    if status in (420, 429, 503):
        return TryLater(f"The provider asks to wait ({shown}).", code=code, connection_lost=True)
    if 300 <= status < 400 or status in (404, 405, 410) or "Magnificent API" in body:
        text = f"The provider has nothing at this address ({shown}). Check provider_options.api_url and {credentials}."
        return TryLater(text, code=code, connection_lost=True)
    if not 400 <= status < 500:
        return OutcomeUnknown(f"The provider failed with the mail in hand ({shown}); it may or may not be on its way.")
    return _about_the_mail(status, f"{said} {body}", shown, code, credentials)


def _about_the_mail(status: int, text: str, shown: str, code: str, credentials: str) -> HandOffFailed:
    if "idempot" in text and "invalid_idempotency_key" not in text:
        return OutcomeUnknown(f"The provider knows this mail already ({shown}); it was handed over before.", code=code)
    if _RECIPIENT.search(text):
        return Refused(f"The provider refused the recipient ({shown}).", code=code, bad_address=True)
    if _ACCOUNT.search(text):
        return TryLater(f"The provider refused our account or sender ({shown}). Check {credentials} and sender_email.")
    if status in (408, 425):
        return TryLater(f"The provider did not get the whole request ({shown}).", code=code)
    return Refused(f"The provider refused the mail ({shown}).", code=code)


def request_failure(error: requests.RequestException) -> HandOffFailed:
    """Return the failure that a request without an answer is. Certain only where nothing can have been sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(
        reason, NewConnectionError
    ):
        text = "The provider cannot be reached: no connection to its address. Check the network and DNS."
        return TryLater(text, connection_lost=True)
    if isinstance(error, requests.exceptions.SSLError):
        if isinstance(reason, ssl.SSLCertVerificationError) or _HANDSHAKE.search(str(reason or error)):
            return TryLater("No encrypted connection to the provider could be made.", connection_lost=True)
    elif isinstance(
        error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema | requests.exceptions.InvalidSchema
    ):
        text = "provider_options.api_url is no web address; it must begin with https://."
        return TryLater(text, connection_lost=True)
    elif isinstance(error, requests.exceptions.InvalidHeader):
        text = "A provider secret holds a line break or a letter outside ASCII. Save it once more."
        return TryLater(text, connection_lost=True)
    elif isinstance(error, requests.exceptions.TooManyRedirects):
        text = "The provider's address leads in circles. Check provider_options.api_url."
        return TryLater(text, connection_lost=True)
    what = "did not answer in time" if isinstance(error, requests.exceptions.Timeout) else "broke the connection"
    return OutcomeUnknown(f"The provider {what} after the mail was sent to it; it may or may not be on its way.")


def _says_error(parsed: object) -> bool:
    """Tell whether a 2xx answer itself says that it is an error (Postal, Mailtrap), unlike one that says nothing."""
    if not isinstance(parsed, dict):
        return False
    return bool(parsed.get("errors")) or str(parsed.get("status", "")).lower() in ("error", "parameter-error", "failed")


def _words(parsed: object) -> Iterator[str]:
    """Yield the human words of a JSON answer, wherever a provider keeps them."""
    if isinstance(parsed, list):
        for item in parsed[:5]:
            if isinstance(item, str):
                yield item
            else:
                yield from _words(item)
    elif isinstance(parsed, dict):
        for key, value in parsed.items():
            if isinstance(value, str | int) and not isinstance(value, bool) and str(key).lower() in _WORDS:
                yield str(value)
            elif isinstance(value, dict | list):
                yield from _words(value)
