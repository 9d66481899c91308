"""The tick, as Saleor's Celery runs it. Refuses to do any work itself, and takes no arguments."""

from __future__ import annotations

from celery import shared_task

from saleor_mailflow import clock, conf, dispatch, host

#: How often the tick comes, and when one that no worker took is dropped, in seconds: after a stall one tick is enough.
EVERY, EXPIRES = 5, 10


# The expiry is a property of the task, because Saleor's database scheduler drops it from a schedule's options.
@shared_task(name="saleor_mailflow.tasks.tick", expires=EXPIRES, ignore_result=True)  # type: ignore[untyped-decorator]  # Celery ships no types
def tick() -> None:
    """Do what is due in this shop. Exits at once while another one is at it."""
    from saleor_mailflow.flows.tick import run_tick
    from saleor_mailflow.shop.orm import OrmShop

    with host.writer(), dispatch.alone() as alone:
        if alone and not conf.disabled():
            run_tick(host.ensure_shop().pk, clock.now(), gateway=OrmShop(), beat="beat")
