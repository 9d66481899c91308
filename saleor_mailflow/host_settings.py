"""The values of the plugin's settings page, read and saved through Saleor's own door, so that there is one way to save.

Refuses to write Saleor's rows by hand: saving seals secrets, notes the change and switches flows, as the page does.
"""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.audit import acting
from saleor_mailflow.host import PLUGIN_ID, writer


def typed_settings() -> dict[str, object]:
    """Return what stands in the fields of the settings page, secrets sealed as they are kept. One query."""
    from saleor.plugins.models import PluginConfiguration

    with writer():
        row = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, channel=None).first()
    return {item["name"]: item.get("value") for item in (row.configuration if row is not None else None) or ()}


def save_typed(values: Mapping[str, str], *, actor: str) -> None:
    """Save some fields of the settings page as if they were typed there; ``actor`` is noted as who did it.

    The others stay as they are. What cannot be read is saved and said by ``conf``, as on the page.
    """
    from saleor.plugins.manager import get_plugins_manager

    items = [{"name": name, "value": value} for name, value in values.items()]
    with writer(), acting(actor):
        manager = get_plugins_manager(allow_replica=False)
        manager.save_plugin_configuration(PLUGIN_ID, None, {"configuration": items})
