"""Check that a post was signed by its provider with the key that the merchant entered. Refuses to say how close it was.

Anymail's views check some of these as well, but not the same ones in every version that may be installed, and a version
that does not know a signature lets the post through: so all are checked here. A test holds them against Anymail's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from saleor_mailflow.exceptions import ConfigurationError, WebhookRefused
from saleor_mailflow.webhooks.providers.post import Post

#: How far a signature's own time may be from ours, where it has one that is new at each try.
WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Once:
    """A token that counts one time. ``at`` is when the provider made it."""

    token: str
    at: datetime


class _Forged(Exception):
    """The signature is not the provider's."""


#: What reading a body that nobody signed may raise.
_NOT_SIGNED = (
    _Forged,
    InvalidSignature,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    ValueError,
    RecursionError,
)


def check_signature(post: Post, key: str, now: datetime) -> Once | None:
    """Check the signature of ``post`` with the provider's ``key``; return the token that must not have been used yet.

    Raises WebhookRefused (403 for a signature that is missing or wrong, 406 for one that is too old: Mailgun stops
    trying at that) and ConfigurationError for a key that cannot be one.
    """
    try:
        return _CHECKS[post.provider](post, key, now)
    except _NOT_SIGNED:
        # One answer to all of it: what exactly was wrong helps nobody but a forger.
        text = f"The signature is missing or wrong. Check {post.provider}'s webhook key in the settings (signing_key)."
        raise WebhookRefused(403, text) from None


def basic_auth_right(post: Post, allowed: str) -> bool:
    """Tell whether the post has one of the comma-separated ``user:password`` in ``allowed``."""
    given = post.basic_auth().encode()
    return any(hmac.compare_digest(one.strip().encode(), given) for one in allowed.split(",") if one.strip())


def _same(given: object, wanted: str) -> None:
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise _Forged


def _fresh(seconds: str, now: datetime) -> datetime:
    at = datetime.fromtimestamp(int(seconds), tz=UTC)
    if abs(now - at) > WINDOW:
        raise WebhookRefused(406, f"The signature is of {at:%Y-%m-%d %H:%M:%S} UTC, more than five minutes from now.")
    return at


def _mailgun(post: Post, key: str, now: datetime) -> Once:
    # It covers time and token only, not the body: hence the window, and each token once.
    block = json.loads(post.raw)["signature"]
    time, token = str(block["timestamp"]), str(block["token"])
    _same(block["signature"], hmac.new(key.encode(), f"{time}{token}".encode(), hashlib.sha256).hexdigest())
    return Once(token=token, at=_fresh(time, now))


def _mandrill(post: Post, key: str, now: datetime) -> None:
    fields = "".join(name + value for name, value in sorted(dict(_form(post)).items()))
    # Mandrill signs the address it was given, with the user and password in it where there are any.
    auth = post.basic_auth()
    urls = [*post.urls, *(_with_auth(url, auth) for url in post.urls if auth)]
    signed = [hmac.new(key.encode(), (url + fields).encode(), hashlib.sha1).digest() for url in urls]
    given = base64.b64decode(post.headers["X-Mandrill-Signature"], validate=True)
    if not any(hmac.compare_digest(one, given) for one in signed):
        raise _Forged


def _hex_of_body(header: str) -> Callable[[Post, str, datetime], None]:
    def check(post: Post, key: str, now: datetime) -> None:
        _same(post.headers[header], hmac.new(key.encode(), post.raw, hashlib.sha256).hexdigest())

    return check


def _sendgrid(post: Post, key: str, now: datetime) -> None:
    public = _public_key(key)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise _not_a_key()
    signature = base64.b64decode(post.headers["X-Twilio-Email-Event-Webhook-Signature"], validate=True)
    time = post.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    public.verify(signature, time.encode() + post.raw, ec.ECDSA(hashes.SHA256()))


def _postal(post: Post, key: str, now: datetime) -> None:
    public = _public_key(key)
    if not isinstance(public, rsa.RSAPublicKey):
        raise _not_a_key()
    better = post.headers.get("X-Postal-Signature-256", "")
    digest: hashes.HashAlgorithm = hashes.SHA256() if better else hashes.SHA1()  # noqa: S303 - older Postals sign with no other
    signature = base64.b64decode(better or post.headers["X-Postal-Signature"], validate=True)
    public.verify(signature, post.raw, padding.PKCS1v15(), digest)


def _resend(post: Post, key: str, now: datetime) -> None:
    # The form is Svix's: any of several signatures, over id, time and body.
    try:
        secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise _not_a_key() from None
    name, time = post.headers["svix-id"], post.headers["svix-timestamp"]
    wanted = hmac.digest(secret, f"{name}.{time}.".encode() + post.raw, hashlib.sha256)
    given = [one.partition(",") for one in post.headers["svix-signature"].split()]
    if not any(v == "v1" and hmac.compare_digest(base64.b64encode(wanted), one.encode()) for v, _, one in given):
        raise _Forged
    _fresh(time, now)


def _unisender_go(post: Post, key: str, now: datetime) -> None:
    given = json.loads(post.raw)["auth"]
    if len(given) != 32:
        raise _Forged
    # The provider's own choice: MD5 of the body with the key in the signature's place.
    signed = post.raw.replace(given.encode(), key.encode())
    _same(given, hashlib.md5(signed, usedforsecurity=False).hexdigest())


_CHECKS: Mapping[str, Callable[[Post, str, datetime], Once | None]] = MappingProxyType(
    {
        "mailersend": _hex_of_body("Signature"),
        "mailgun": _mailgun,
        "mailtrap": _hex_of_body("Mailtrap-Signature"),
        "mandrill": _mandrill,
        "postal": _postal,
        "resend": _resend,
        "sendgrid": _sendgrid,
        "unisender_go": _unisender_go,
    }
)
#: Providers whose posts are signed with a key.
SIGNING: Sequence[str] = tuple(_CHECKS)


def _form(post: Post) -> list[tuple[str, str]]:
    return parse_qsl(post.raw.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=100)


def _with_auth(url: str, auth: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{auth}@{parts.netloc}"))


def _public_key(key: str) -> object:
    try:
        return load_der_public_key(base64.b64decode("".join(key.split()), validate=True))
    except ValueError:
        raise _not_a_key() from None


def _not_a_key() -> ConfigurationError:
    text = "provider_options.signing_key is not the kind of key that this provider signs with: copy it again, whole."
    return ConfigurationError(text, key="provider_options.signing_key")
