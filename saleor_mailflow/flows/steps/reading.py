"""Reading and writing lists of steps. Standard library only. Refuses a type that this release does not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saleor_mailflow.flows.steps.base import Step

_TYPES: dict[str, type[Step]] = {}


def know(*types: type[Step]) -> Mapping[str, type[Step]]:
    """Make step types readable by their ``type``; return all that are."""
    _TYPES.update({cls.type: cls for cls in types})
    return _TYPES


def step_from_json(data: Mapping[str, Any]) -> Step:
    """Return the step that ``to_json`` wrote. Raises ValueError naming the type when it is not known."""
    try:
        cls = _TYPES[data["type"]]
    except KeyError:
        raise ValueError(f"Step type {data.get('type')!r} is unknown; known are {', '.join(_TYPES)}.") from None
    try:
        return cls.from_json(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"Step {data.get('id')!r} of type {cls.type!r} cannot be read: {error!r}.") from error


def steps_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Return the steps that ``steps_to_json`` wrote. Raises ValueError."""
    return tuple(step_from_json(step) for step in data)


def steps_to_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return steps as JSON."""
    return [step.to_json() for step in steps]
