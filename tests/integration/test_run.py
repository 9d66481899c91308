"""``run`` as a worker that nobody watches: whatever becomes of the database, it goes on when that is back."""

from __future__ import annotations

import os
import signal
import threading
from argparse import Namespace
from collections.abc import Iterator

import pytest
from django.db import connection

from saleor_mailflow.cli import run
from saleor_mailflow.cli.output import Output
from saleor_mailflow.models import Heartbeat
from saleor_mailflow.testing.world import World


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("signals")
def test_a_connection_to_a_server_that_only_reads_since_another_took_over_is_not_kept() -> None:
    world = World.begin()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    stop = threading.Timer(2, os.kill, (os.getpid(), signal.SIGTERM))
    stop.start()
    assert run.handle(Namespace(shop="", once=False, now="", every=0.1), Output(json=False)) == 0
    stop.join()
    assert Heartbeat.objects.filter(name=f"tick:run:{world.shop.pk}").exists()
