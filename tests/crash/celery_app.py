"""What a Saleor's Celery is to us: a broker, a beat, and a task that ticks. Refuses to do more than ``tasks``."""

from __future__ import annotations

import os

import django
from celery import Celery

django.setup()

app = Celery("crash", broker=os.environ.get("MAILFLOW_TEST_BROKER", "memory://"))
app.conf.update(
    beat_schedule={"tick": {"task": "tick", "schedule": 0.3}},
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 5},
    task_ignore_result=True,
)


@app.task(name="tick", expires=10, ignore_result=True)
def tick() -> None:
    """Do what is due, as ``saleor_mailflow.tasks.tick`` does inside Saleor."""
    from saleor_mailflow import clock
    from saleor_mailflow.flows.tick import run_tick
    from saleor_mailflow.shop.connect import gateway_for, the_shop

    shop = the_shop()
    run_tick(shop.pk, clock.now(), gateway=gateway_for(shop), beat="beat")
