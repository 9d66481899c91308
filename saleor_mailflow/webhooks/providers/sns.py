"""Amazon's envelope: check its signature, and answer its question whether we want to hear of a topic.

Refuses to fetch anything from anywhere but Amazon's own SNS hosts, and to follow a redirect from there. Needs no boto3.

How it can fail, and who is hurt: Amazon's certificate cannot be fetched (503, Amazon tries again for an hour; nothing
is lost); somebody subscribes a topic of their own to our address (they would have to know its secret part).
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.providers.post import Post

logger = logging.getLogger("saleor_mailflow.webhooks")

_HOST = re.compile(r"sns\.[a-z0-9-]{2,30}\.amazonaws\.com(\.cn)?", re.ASCII)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem", re.ASCII)
_MOST_BYTES = 100_000
_SECONDS = (3.05, 5.0)
#: Certificates by address: there are one or two a region and year, and a forged address is never fetched.
_KEPT = 20
_certificates: dict[str, x509.Certificate] = {}

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


class Fetch(Protocol):
    """Gets the text at an address of Amazon's. Raises WebhookRefused (503) where it cannot."""

    def __call__(self, url: str) -> str:
        """Return the text."""


def open_envelope(post: Post, now: datetime, *, topics: str = "", fetch: Fetch | None = None) -> bool:
    """Check the envelope; return whether there is a notification in it to read. A subscription is confirmed here.

    ``topics``: comma-separated ARNs to take from; "" is any, since the address itself is secret. Raises WebhookRefused.
    """
    get = fetch or fetch_text
    try:
        said = json.loads(post.raw)
        kind, topic = str(said["Type"]), str(said["TopicArn"])
        signed = _signed(said, _FIELDS[kind])
        certificate = _certificate(str(said["SigningCertURL"]), get)
        _verify(certificate, str(said["Signature"]), signed, version=str(said["SignatureVersion"]), now=now)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, InvalidSignature):
        raise WebhookRefused(403, "This is no message that Amazon SNS has signed.") from None
    if topics and topic not in {one.strip() for one in topics.split(",")}:
        raise WebhookRefused(403, "The topic is not the one in provider_options.webhook_topic.")
    if kind == "SubscriptionConfirmation":
        _confirm(str(said["SubscribeURL"]), topic=topic, token=str(said["Token"]), get=get)
    elif kind == "UnsubscribeConfirmation":
        logger.warning("Amazon's topic %s no longer tells us what becomes of mails: subscribe it again.", topic[-100:])
    # The first notification after a subscription is a greeting in plain words.
    return kind == "Notification" and str(said["Message"]).lstrip().startswith("{")


def fetch_text(url: str) -> str:
    """Return the text at ``url``, of at most 100 kB. Raises WebhookRefused (503): Amazon tries again."""
    try:
        with requests.get(url, timeout=_SECONDS, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
            if answer.status_code == 200 and len(body) <= _MOST_BYTES:
                return bytes(body).decode("utf-8", "replace")
            said = f"HTTP {answer.status_code}"
    except (requests.RequestException, OSError) as error:
        said = type(error).__name__
    raise WebhookRefused(503, f"Amazon's own host did not answer well ({said}). Send it again in a minute.")


def _signed(said: Mapping[str, object], fields: tuple[str, ...]) -> bytes:
    # Name and value on a line each, in this order; a notification without a subject has no such lines.
    parts = [
        f"{name}\n{_text(said[name])}\n" for name in fields if name != "Subject" or said.get("Subject") is not None
    ]
    return "".join(parts).encode()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _certificate(url: str, get: Fetch) -> x509.Certificate:
    parts = _amazon(url)
    if not _CERTIFICATE.fullmatch(parts.path) or parts.query or parts.fragment:
        raise ValueError
    found = _certificates.get(url)
    if found is None:
        found = x509.load_pem_x509_certificate(get(url).encode())
        if len(_certificates) >= _KEPT:
            _certificates.clear()
        _certificates[url] = found
    return found


def _verify(certificate: x509.Certificate, signature: str, signed: bytes, *, version: str, now: datetime) -> None:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    key = certificate.public_key()
    if not valid or not names or not _is_sns(str(names[0].value)) or not isinstance(key, rsa.RSAPublicKey):
        raise ValueError
    digest: hashes.HashAlgorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[version]()
    key.verify(base64.b64decode(signature, validate=True), signed, padding.PKCS1v15(), digest)


def _is_sns(name: str) -> bool:
    return name in {"sns.amazonaws.com", "sns.amazonaws.com.cn"} or bool(_HOST.fullmatch(name))


def _amazon(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc != parts.hostname or not _HOST.fullmatch(parts.netloc):
        raise ValueError
    return parts


def _confirm(url: str, *, topic: str, token: str, get: Fetch) -> None:
    try:
        parts = _amazon(url)
        asked = parse_qs(parts.query, strict_parsing=True)
        wanted = {"Action": ["ConfirmSubscription"], "TopicArn": [topic], "Token": [token]}
        if parts.path != "/" or asked != wanted:
            raise ValueError
    except ValueError:
        raise WebhookRefused(403, "The address to confirm the subscription at is not Amazon's.") from None
    get(url)
    logger.info("Amazon's topic %s tells us what becomes of mails from now on.", topic[-100:])


def forget() -> None:
    """Forget the certificates that this process keeps. For tests."""
    _certificates.clear()
