"""Rows that many fields of one answer ask for one by one, fetched together. Refuses to be kept beyond one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from promise import Promise
from promise.dataloader import DataLoader

from saleor_mailflow.models import Contact, ContactTag, Flow, FlowVersion

#: Keys in, one value for each key out, in their order.
Batch = Callable[[Any, Sequence[Any]], list[Any]]


class _Loader(DataLoader):
    def __init__(self, context: Any, batch: Batch) -> None:
        super().__init__()
        self._context, self._batch = context, batch

    def batch_load_fn(self, keys: Sequence[Any]) -> Any:
        return Promise.resolve(self._batch(self._context, keys))


def load(context: Any, batch: Batch, key: Any) -> Any:
    """Return a promise of what ``batch`` finds for ``key``; everything asked at the same depth is one call of it."""
    return context.once(("loader", batch), lambda: _Loader(context, batch)).load(key)


def contacts(context: Any, keys: Sequence[int]) -> list[Contact | None]:
    """Return contacts by number."""
    found = Contact.objects.filter(shop=context.shop).in_bulk(list(keys))
    return [found.get(key) for key in keys]


def flows(context: Any, keys: Sequence[str]) -> list[Flow | None]:
    """Return this shop's rows of flows by key."""
    rows = Flow.objects.filter(shop=context.shop, key__in=list(keys)).select_related("version")
    found = {row.key: row for row in rows}
    return [found.get(key) for key in keys]


def versions(context: Any, keys: Sequence[int]) -> list[FlowVersion | None]:
    """Return versions by number of their row."""
    found = FlowVersion.objects.filter(shop=context.shop).in_bulk(list(keys))
    return [found.get(key) for key in keys]


def tags(context: Any, keys: Sequence[int]) -> list[list[ContactTag]]:
    """Return the tags of contacts, by the alphabet."""
    found: dict[int, list[ContactTag]] = {key: [] for key in keys}
    for row in ContactTag.objects.filter(contact_id__in=list(keys), contact__shop=context.shop).order_by("tag"):
        found[row.contact_id].append(row)
    return [found[key] for key in keys]
