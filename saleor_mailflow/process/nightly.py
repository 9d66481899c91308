"""Reckon nightly what goes by time alone: rhythm, stages of life, marks, VIPs, who came into a segment.

Refuses to hold up a tick: it goes on in slices of a few seconds, each batch a transaction of its own.

How it can fail, and who is hurt: the worker dies in the middle (the place is remembered, and each batch can be
repeated: an occasion has a key made of its day, so nobody enters a flow twice by it); it is not run for days (then
people who came into a segment or crossed a line meanwhile did so silently: nobody is mailed late and all at once).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min

from saleor_mailflow.audience import memberships, rfm, vip
from saleor_mailflow.audience.profiles import reckon, shop_zone
from saleor_mailflow.audience.segment_book import flows_on
from saleor_mailflow.audience.usual_gap import reckon_usual_gap
from saleor_mailflow.flows.triggers import Threshold
from saleor_mailflow.models import Contact, Shop, Watermark
from saleor_mailflow.watermarks import Marks, mark_of, night_due

EVERY = timedelta(hours=24)
#: Contact ids that one batch spans.
WINDOW = 2_000
#: How long a tick may spend on it, in seconds.
TICK_SECONDS = 3.0

_MARK = "nightly"


@dataclass(frozen=True, kw_only=True)
class Night:
    """One shop's night. ``now`` dates everything that is noted in it."""

    shop: Shop
    now: datetime
    zone: str
    #: The highest contact id there is.
    last: int


#: Does a stage's next batch behind contact id ``after``; returns up to where it came, None at the end.
Stage = Callable[[Night, int], int | None]


def _profiles(night: Night, after: int) -> int | None:
    ids = Contact.objects.filter(shop=night.shop, id__gt=after, erased_at=None).order_by("id")
    page = list(ids.values_list("id", flat=True)[:WINDOW])
    reckon(night.shop.pk, page, now=night.now, zone=night.zone)
    return page[-1] if len(page) == WINDOW else None


def _gap(night: Night, after: int) -> int | None:
    reckon_usual_gap(night.shop.pk, now=night.now, zone=night.zone)
    return None


def _lines(night: Night, after: int) -> int | None:
    rfm.draw_lines(night.shop.pk, now=night.now)
    return None


def _marks(night: Night, after: int) -> int | None:
    upto = after + 5 * WINDOW
    rfm.mark(night.shop.pk, after=after, upto=upto)
    return upto if upto < night.last else None


def _vips(night: Night, after: int) -> int | None:
    vip.look(night.shop.pk, line_of(night.shop), now=night.now)
    return None


def _segments(night: Night, after: int) -> int | None:
    return memberships.write_next(night.shop.pk, after=after, window=5 * WINDOW, last=night.last, now=night.now)


#: In this order: the gap before whom it stands in for, the lines and VIPs after what they are drawn through.
STAGES: Mapping[str, Stage] = {
    "gap": _gap,
    "profiles": _profiles,
    "lines": _lines,
    "marks": _marks,
    "vips": _vips,
    "segments": _segments,
}


def line_of(shop: Shop) -> Threshold:
    """Return the line that makes somebody a VIP: that of the first flow that is on and begins with one, else ours."""
    lines = [definition.trigger for _, definition in flows_on(shop.pk)]
    return next((one for one in lines if isinstance(one, Threshold)), Threshold())


def nightly_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the night's reckoning is due, or was begun and not finished."""
    return night_due(mark_of(shop.pk, _MARK, marks), now, EVERY)


def reckon_the_night(shop: Shop, *, now: datetime, seconds: float | None = None) -> bool:
    """Go on with the night's stages; return whether it is done. ``seconds`` is after how long it stops for now.

    Each call gets one batch further at least. To be called again until it is done, and 24 hours later
    (``nightly_due``).
    """
    mark, _ = Watermark.objects.get_or_create(shop=shop, name=_MARK, defaults={"at": now - EVERY})
    ids = Contact.objects.filter(shop=shop).aggregate(first=Min("id"), last=Max("id"))
    night = Night(shop=shop, now=now, zone=shop_zone(shop), last=ids["last"] or 0)
    # Numbers go on for ever, and those before the first are nobody's of this shop.
    start = (ids["first"] or 1) - 1
    names, began = list(STAGES), time.monotonic()
    begun, _, place = mark.value.partition(":")
    at, after = (names.index(begun), int(place)) if begun in names else (0, start)
    while at < len(names):
        came = STAGES[names[at]](night, after)
        at, after = (at + 1, start) if came is None else (at, came)
        if seconds is not None and at < len(names) and time.monotonic() - began > seconds:
            mark.value = f"{names[at]}:{after}"
            mark.save(update_fields=["value"])
            return False
    mark.value, mark.at = "", now
    mark.save(update_fields=["value", "at"])
    return True
