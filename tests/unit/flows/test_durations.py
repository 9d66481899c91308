"""Durations as people write them: what is read is what was written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.durations import duration_words, read_duration, written_duration

durations = st.integers(min_value=0, max_value=400 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize("text", ["", "h", "24", "1 week", "2mo", "-3h", "3.5h", "3h 1d", "1e9d"])
def test_what_is_no_duration_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 30m, 24h, 3d"):
        read_duration(text)


@given(duration=durations)
def test_what_was_written_is_read_again(duration: timedelta) -> None:
    assert read_duration(written_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "said"),
    [("24h", "24 h"), ("36h", "36 h"), ("3d", "3 d"), ("90m", "90 min"), ("0h", "no time"), ("1d 12h", "36 h")],
)
def test_it_is_said_as_a_merchant_reads_it(text: str, said: str) -> None:
    assert duration_words(read_duration(text)) == said
