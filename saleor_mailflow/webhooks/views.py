"""The signed-webhook door: POST in, one small JSON answer out. Refuses without a traceback, and loses nothing.

Saleor tries again after a 5xx and never after a 4xx: what may be well in a minute is a 503, what never will be a 4xx.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import django.db
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow import clock, conf
from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.body import MAX_BYTES
from saleor_mailflow.webhooks.intake import receive, receive_if
from saleor_mailflow.webhooks.keys import KeyFetcher, fetch_key_set
from saleor_mailflow.webhooks.verify import HEADERS, recall, verify

logger = logging.getLogger("saleor_mailflow.webhooks")

#: When Saleor may try again, in seconds.
RETRY_AFTER_S = 60
#: How much of a body that is too large is read and thrown away, so that the sender hears our answer.
_DRAIN_BYTES = 32_000_000
_CHUNK = 65_536
#: What ``verify`` looks at, by its name in a request's environment (PEP 3333).
_HEADERS = tuple((f"HTTP_{name.upper().replace('-', '_')}", name) for name in HEADERS)
_RECORDED, _KNOWN = b'{"recorded": true}', b'{"recorded": false}'


def door(fetch: KeyFetcher = fetch_key_set) -> Callable[[HttpRequest], HttpResponse]:
    """Return a view that takes signed webhooks in; ``fetch`` gets a shop's key set."""

    @csrf_exempt
    def saleor(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return _refuse(WebhookRefused(405, "Webhooks are sent with POST."))
        try:
            if conf.disabled():
                raise WebhookRefused(503, "Mailflow is switched off by MAILFLOW_DISABLED.")
            raw = _read(request)
            now = clock.now()
            recorded = _take_in(_headers(request), raw, now, fetch)
        except WebhookRefused as refused:
            return _refuse(refused)
        except django.db.Error as error:
            # Whatever it is, the event is not recorded: only a 5xx makes Saleor send it again.
            logger.error("A webhook could not be recorded: %s. Saleor will send it again.", type(error).__name__)
            return _refuse(WebhookRefused(503, "The event could not be recorded now. Send it again in a minute."))
        return HttpResponse(_RECORDED if recorded else _KNOWN, content_type="application/json")

    return saleor


saleor = door()


def _take_in(headers: Mapping[str, str], raw: bytes, now: datetime, fetch: KeyFetcher) -> bool:
    known = recall(headers, raw)
    if known is not None and receive_if(known.row, known.shop_id, known.event_name, raw, now):
        return True
    verified = verify(headers, raw, now=now, fetch=fetch)
    return receive(verified.shop, verified.event_name, raw, now)


def _headers(request: HttpRequest) -> dict[str, str]:
    # request.headers would parse and title-case every header of the request for those that count.
    meta = request.META
    return {name: meta[key] for key, name in _HEADERS if key in meta}


def _read(request: HttpRequest) -> bytes:
    """Return the body's bytes. Raises WebhookRefused for one too large, or cut off on its way."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise WebhookRefused(400, "The Content-Length header is not a number.")
    raw = b""
    # Without a length, as when chunks are decoded, 0 is no length that could be reached.
    length = int(declared[:20]) or -1
    too_large = length > MAX_BYTES
    try:
        # Not once more where all that was announced is here.
        while not too_large and len(raw) != length and (chunk := request.read(_CHUNK)):
            raw += chunk
            too_large = len(raw) > MAX_BYTES
        if too_large:
            _drain(request)
            raise WebhookRefused(
                413, f"The body is larger than {MAX_BYTES:,} bytes. Ask for less in the webhook's query."
            )
    except (UnreadablePostError, OSError) as error:
        raise WebhookRefused(400, "The body ended before it was complete. Send it again.") from error
    return raw


def _drain(request: HttpRequest) -> None:
    left = _DRAIN_BYTES
    while left > 0 and (chunk := request.read(_CHUNK)):
        left -= len(chunk)


def _refuse(refused: WebhookRefused) -> HttpResponse:
    logger.warning("A webhook was refused with %d: %s", refused.status, refused)
    answer = JsonResponse({"error": str(refused)}, status=refused.status)
    if refused.status == 405:
        answer["Allow"] = "POST"
    if refused.status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer
