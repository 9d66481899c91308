"""What the Dashboard shows of us from outside: our App at the right address, and a badge for each thing that is wrong.

Refuses to delay or stop mail: every few minutes at most, and whatever fails here is written to the log and tried again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError

from saleor_mailflow import host, host_dashboard
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import ConfigurationError, blame
from saleor_mailflow.models import Shop, Watermark
from saleor_mailflow.process.health import health_of
from saleor_mailflow.watermarks import Marks, long_ago, mark_of

logger = logging.getLogger("saleor_mailflow.process")

EVERY = timedelta(minutes=3)
_MARK = "dashboard"
#: Set-up that is not begun is no alarm: the set-up screen tells of it. And whoever asks here is a tick.
_NO_ALARM = frozenset({"flows", "active", "tick"})
#: Nobody gets mail until somebody looks.
_CRITICAL = frozenset({"copy", "lag", "refused", "provider"})


def badges_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether it is time to look again. Outside Saleor there is no Dashboard of ours to look after."""
    if not host.inside_saleor():
        return False
    return long_ago(mark_of(shop.pk, _MARK, marks), now, EVERY)


def look_after_dashboard(shop: Shop, settings: ShopSettings, now: datetime) -> None:
    """Keep our App where it is while the plugin is on, and show what is wrong. What fails is logged, not raised."""
    Watermark.objects.update_or_create(shop=shop, name=_MARK, defaults={"at": now})
    try:
        if settings.active:
            host_dashboard.sync_app()
        host_dashboard.show_problems(alarms(shop, settings, now), now)
    except (DatabaseError, ConfigurationError) as error:
        # Nobody's mail hangs on it, and the next look may fare better.
        logger.warning("The Dashboard was not looked after: %s. Run “mailflow dashboard sync”.", blame(error))


def alarms(shop: Shop, settings: ShopSettings, now: datetime) -> dict[str, tuple[str, bool]]:
    """Return {key: (sentence, critical)} of what is wrong. Nothing while no flow is on: then nothing can go wrong."""
    health = health_of(shop, settings, now)
    if not settings.active or all(mode == "off" for mode in health.flows.values()):
        return {}
    found: dict[str, tuple[str, bool]] = {}
    for problem in health.problems:
        if problem.key not in _NO_ALARM:
            # Several of one key are one badge that says all of them.
            said = found[problem.key][0] + "\n" if problem.key in found else ""
            found[problem.key] = (said + problem.text, problem.key in _CRITICAL)
    return found
