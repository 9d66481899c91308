"""Look at the bytes of a body, to spare a walk through what they hold. Refuses to guess: False means "walk".

Every question has one exact answer, found by walking. These find it sooner in a body as shops send it, by searches that
Python does at the speed of memory, and leave all others to the walk. ``raw`` must be JSON that was decoded before.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache

#: Brackets of both kinds become one kind, and quotes stay: all that depth is made of.
_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_REST = bytes(set(range(256)) - set(b'{}[]"'))

#: An ASCII letter that is spelt as an escape (RFC 8259, 7), so that a name would not be found as it is written.
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
# After the closing quote of a name: null, or a time of UTC.
_PLAIN_TIME = re.compile(
    rb"\s*:\s*(?:null|\"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)(?:\+00:00|Z)\")"
)


def is_shallow(raw: bytes, limit: int) -> bool:
    """Tell whether objects and lists are surely nested at most ``limit`` deep in ``raw``."""
    if b"\\" in raw and b'\\"' in raw:
        # The only quotes that end no string. Pairs of backslashes first: the second of a pair escapes nothing.
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    # A string without brackets is two quotes by now, and goes. Between a bracket in a string and one outside stands an
    # odd number of quotes: one stays, so that they never make a pair.
    left = raw.translate(_ONE_KIND, _REST).replace(b'""', b"")
    while limit > 0 and 2 * limit < len(left):
        # What holds nothing more goes: one level at most. Nothing is deeper than there are pairs.
        left = left.replace(b"{}", b"")
        limit -= 1
    return len(left) <= 2 * limit


class Watched:
    """Names of members that a walk would do something about, wherever they stand: some always, times when late.

    All names are ASCII letters, four or more.
    """

    def __init__(self, *, always: Collection[str], times: Collection[str]) -> None:
        self._times = frozenset(name.encode() for name in times)
        names = sorted({*always, *times})
        # One search for all. Its first letters as sets: an alternative a letter would be tried at every quote. It may
        # find more than the names, never less.
        heads = "".join(
            f"[{''.join(sorted(set(letters)))}]" for letters in zip(*(name[:4] for name in names), strict=True)
        )
        tails = "|".join(sorted({name[4:] for name in names}))
        self._pattern = re.compile(f'"({heads}(?:{tails}))"'.encode())

    def absent(self, raw: bytes, latest: datetime) -> bool:
        """Tell whether surely none of them is in ``raw`` but times of at most ``latest``, which is aware.

        A time that is spelt in any other way than ``2026-11-21T21:00:00.123456+00:00`` or with ``Z`` is left to the
        walk, and so is one within the minute of ``latest``.
        """
        until = _minute(int(latest.timestamp()) // 60)
        for found in self._pattern.finditer(raw):
            at = _PLAIN_TIME.match(raw, found.end()) if found[1] in self._times else None
            # Of such spellings the smaller text is the earlier one.
            if at is None or (at[1] is not None and at[1] >= until):
                return False
        return b"\\u00" not in raw or _ESCAPED_LETTER.search(raw) is None


# Many webhooks a second ask for the same.
@lru_cache(maxsize=4)
def _minute(number: int) -> bytes:
    """Return how the times of UTC in a minute begin, such as ``2026-11-21T21:00``; minutes count from 1970."""
    return datetime.fromtimestamp(number * 60, UTC).isoformat()[: len("2026-11-21T21:00")].encode()
