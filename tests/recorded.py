"""The webhooks that a real Saleor sent, for tests of whoever receives them."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from saleor_mailflow.service.demo.day import OWN_DAY, Day, load_day

KINDS = Path(__file__).parent / "payloads" / "kinds.jsonl.gz"


@cache
def day() -> Day:
    """Return the day that ships with the package: 99 webhooks of shop.example.com."""
    return load_day(OWN_DAY)


@cache
def kinds() -> dict[str, tuple[dict[str, str], bytes]]:
    """Return one webhook of each kind, (headers, bytes) by its name, of the shop 127.0.0.1:8000."""
    lines = gzip.decompress(KINDS.read_bytes()).splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["name"].removesuffix(".json"): (row["headers"], base64.b64decode(row["raw_body_b64"])) for row in rows}


def body(kind: str) -> dict[str, Any]:
    """Return the body of a recorded kind such as ``CHECKOUT_UPDATED``, free to be changed."""
    return copy.deepcopy(json.loads(kinds()[kind][1]))
