"""Write down that a link of ours was followed or a picture fetched, in one small insert. Refuses to say by whom.

Of the network address a keyed hash is kept, of the program a class, by which machines are told from people later
(``process.deliveries``). Refuses to let anybody wait for it: it gives up on a lock after half a second.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from saleor_mailflow.audience.delivery import Kind, agent_class, obviously_by_machine
from saleor_mailflow.audience.suppression import suppression_key

#: Of the keyed hash of a network address so much is kept: to tell addresses of one minute apart, and no more.
_NETWORK_DIGITS = 16

# A click that a crash of the database loses is less than somebody who waits for their shop.
_RECORD = """
SET LOCAL lock_timeout = 500; SET LOCAL statement_timeout = 2000; SET LOCAL synchronous_commit = off;
INSERT INTO mailflow_deliveryevent
    (shop_id, message_id, contact_id, kind, source, provider, key, at, received_at, detail, link, by_machine)
VALUES (%s, %s, %s, %s, 'ours', '', %s, %s, %s, %s, %s, %s) ON CONFLICT (shop_id, key) DO NOTHING
"""


def record_touch(
    *,
    shop_id: int,
    message_id: int,
    contact_id: int,
    kind: Kind,
    agent: str,
    network: str,
    now: datetime,
    link: int | None = None,
    way: str = "",
) -> None:
    """Record an open or click of a message at ``now``. Twice in a second by one kind of program is once.

    ``agent`` and ``network`` are as the request named them. ``link`` is the number of the link, ``way`` the name of a
    link that has none (``restore``). Raises django.db.Error where it could not be recorded.
    """
    secret, named = suppression_key(shop_id), agent_class(agent)
    detail: dict[str, object] = {"agent": named} if named else {}
    if network:
        detail["network"] = _hash(secret, "network", network)[:_NETWORK_DIGITS]
    if way:
        detail["way"] = way
    if kind == Kind.OPENED:
        # Pictures are fetched unasked by some programs and never by others.
        detail["unreliable"] = True
    key = _hash(secret, kind, str(message_id), str(link), way, str(int(now.timestamp())), named)
    machine = obviously_by_machine(kind, agent)
    values: list[Any] = [shop_id, message_id, contact_id, kind, key, now, now, Jsonb(detail), link, machine]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RECORD, values)


def _hash(secret: bytes, *parts: str) -> str:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, f"mailflow touch 1 {text}".encode(), hashlib.sha256).hexdigest()
