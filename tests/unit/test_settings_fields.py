"""The settings page offers every setting there is, and nothing stands there that a merchant has to take back first."""

from __future__ import annotations

from saleor_mailflow.conf import SETTING_KEYS, read_settings
from saleor_mailflow.settings_fields import CONFIG_STRUCTURE, DEFAULT_CONFIGURATION

#: Set by operators alone: how much may be lost with a worker is no question for a merchant.
_OPERATORS = {"sending_mode"}


def test_every_setting_has_a_field() -> None:
    assert set(SETTING_KEYS) - _OPERATORS <= CONFIG_STRUCTURE.keys()


def test_what_stands_there_at_first_is_what_holds_without_it() -> None:
    typed = {field["name"]: field["value"] for field in DEFAULT_CONFIGURATION}
    assert [field["name"] for field in DEFAULT_CONFIGURATION] == list(CONFIG_STRUCTURE)
    assert read_settings(typed) == read_settings({})
