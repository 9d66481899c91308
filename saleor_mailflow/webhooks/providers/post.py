"""One request of a provider, its body read whole. Refuses more than a megabyte, and a body that was cut off."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, UnreadablePostError

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.body import MAX_BYTES

_CHUNK = 65_536
#: How much of a body that is too large is read and thrown away, so that the sender hears our answer.
_DRAIN_BYTES = 8_000_000


@dataclass(frozen=True, kw_only=True)
class Post:
    """What a provider sent, as bytes. ``urls``: the addresses that the provider may have been given."""

    provider: str
    headers: Mapping[str, str]
    raw: bytes
    urls: tuple[str, ...] = ()

    def as_django(self) -> HttpRequest:
        """Return a request of its own for Anymail's parsers, whatever was read of the real one."""
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return WSGIRequest(
            {
                **named,
                "REQUEST_METHOD": "POST",
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(self.raw)),
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "443",
                "wsgi.input": BytesIO(self.raw),
            }
        )

    def basic_auth(self) -> str:
        """Return ``user:password`` as sent, "" where nothing readable was."""
        kind, _, text = self.headers.get("Authorization", "").partition(" ")
        try:
            return base64.b64decode(text, validate=True).decode() if kind.lower() == "basic" else ""
        except ValueError:
            return ""


def read_post(request: HttpRequest, provider: str, *, address: str) -> Post:
    """Return the request, its body read. Raises WebhookRefused for one too large, or cut off on its way."""
    declared = request.headers.get("Content-Length", "") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise WebhookRefused(400, "The Content-Length header is not a number.")
    raw, too_large = b"", int(declared[:20]) > MAX_BYTES
    try:
        while not too_large and (chunk := request.read(_CHUNK)):
            raw += chunk
            too_large = len(raw) > MAX_BYTES
        if too_large:
            left = _DRAIN_BYTES
            while left > 0 and (chunk := request.read(_CHUNK)):
                left -= len(chunk)
            raise WebhookRefused(413, f"The body is larger than {MAX_BYTES:,} bytes. Send fewer events at a time.")
    except (UnreadablePostError, OSError) as error:
        raise WebhookRefused(400, "The body ended before it was complete. Send it again.") from error
    return Post(provider=provider, headers=request.headers, raw=raw, urls=(address, request.build_absolute_uri()))
