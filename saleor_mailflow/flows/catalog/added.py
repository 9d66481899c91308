"""Flows that other packages bring, found by the entry point group ``saleor_mailflow.flows``. Standard library only.

Refuses to take the shop down: a package that cannot be loaded is left out, and ``doctor`` says which and why. Never
replaces a flow of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from importlib.metadata import EntryPoint, entry_points

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.lint import errors
from saleor_mailflow.flows.unfinished import read_unfinished

GROUP = "saleor_mailflow.flows"

#: What was found when this process began: the packages' flows by entry point, and what is wrong with the others.
_LOADED: dict[str, tuple[str, ...]] = {}
_PROBLEMS: list[str] = []


def load_added(catalog: MutableMapping[str, Flow], found: Iterable[EntryPoint] | None = None) -> None:
    """Put the flows of installed packages into ``catalog``; ``found`` are their entry points, looked up where None.

    An entry point names a Flow or a tuple of them. Its module may register templates on the way
    (``messages.registry.add_templates``). Never raises: see ``problems``.
    """
    _LOADED.clear()
    _PROBLEMS.clear()
    # In one order on every machine: of two packages with the same flow always the same one is left out.
    for entry in sorted(entry_points(group=GROUP) if found is None else found, key=lambda one: (one.name, one.value)):
        what = f"The flow package “{entry.name}” ({entry.value})"
        try:
            flows = list(_flows(entry.load()))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an import may raise anything; no shop stops for it
            first = str(error).partition("\n")[0][:200]
            _PROBLEMS.append(f"{what} was left out: {type(error).__name__}: {first}. Mend it or uninstall it.")
            continue
        taken = [flow.key for flow in flows if flow.key in catalog]
        if taken:
            _PROBLEMS.append(f"{what} was left out: there is a flow {taken[0]!r} already. Rename its key.")
            continue
        catalog.update({flow.key: flow for flow in flows})
        _LOADED[entry.name] = tuple(flow.key for flow in flows)


def problems() -> tuple[str, ...]:
    """Return what was wrong with packages when this process began, a sentence each."""
    return tuple(_PROBLEMS)


def loaded() -> dict[str, tuple[str, ...]]:
    """Return {entry point: keys of its flows}."""
    return dict(_LOADED)


def _flows(value: object) -> Iterator[Flow]:
    for flow in value if isinstance(value, tuple | list) else (value,):
        if not isinstance(flow, Flow):
            raise TypeError(f"it names {type(flow).__name__} where a Flow belongs")
        read, findings = read_unfinished(flow.to_json())
        wrong = errors(findings)
        if wrong:
            raise ValueError(f"its flow {flow.key!r}: {wrong[0].text}")
        if read != flow:
            raise ValueError(f"its flow {flow.key!r} is not the same once it was written and read")
        yield flow
