"""Flows that are not finished: read what can be read, and say for each step what is missing. Pure.

Standard library only. Refuses to fill anything in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from saleor_mailflow.flows.conditions import condition_from_json
from saleor_mailflow.flows.definition import Flow, flow_from_json
from saleor_mailflow.flows.lint import NOTHING_KNOWN, Finding, Known, Level, lint
from saleor_mailflow.flows.steps import Step, step_from_json, walk
from saleor_mailflow.flows.triggers import trigger_from_json
from saleor_mailflow.flows.upcast import upcast

Path = tuple[str | int, ...]

#: So many brackets a flow may have around one value; deeper ones would exhaust whoever reads them.
DEEPEST = 50

_NEEDED = ("key", "name", "description", "purpose", "once_per", "trigger", "steps")


def read_unfinished(data: object, known: Known = NOTHING_KNOWN) -> tuple[Flow | None, tuple[Finding, ...]]:
    """Return the flow, None where it cannot run yet, and what is wrong with it, each with its path in ``data``."""
    if not isinstance(data, Mapping):
        return None, (_finding("unreadable", "A flow is a mapping with key, name, trigger and steps; this is none."),)
    if _too_deep(data):
        return None, (_finding("deep", f"Steps are nested more than {DEEPEST} deep; nobody could follow that."),)
    try:
        flow = flow_from_json(data)
    except (ValueError, ArithmeticError) as error:
        found = tuple(_unreadable(data))
        return None, found or (_finding("unreadable", str(error)),)
    wrong = (*_wrong_kinds(flow), *_not_understood(upcast(data), flow.to_json(), ()))
    return (None, wrong) if wrong else (flow, lint(flow, known))


def _wrong_kinds(flow: Flow) -> Iterator[Finding]:
    """Yield fields that hold something else than their dataclass says; JSON keeps nobody from writing it."""
    for what, thing in (("The flow", flow), ("The trigger", flow.trigger), *((s.id, s) for s in walk(flow.steps))):
        step = what if isinstance(thing, Step) and isinstance(what, str) else ""
        for field in fields(thing):
            wanted, value = _KINDS.get(str(field.type)), getattr(thing, field.name)
            members = value if str(field.type).startswith("tuple") and isinstance(value, tuple) else (value,)
            if wanted is not None and not all(type(one) is wanted for one in members):
                who = f"Step {what!r}" if step else what
                yield _finding("kind", f"{who}: {field.name!r} is not {_CALLED[wanted]}; mend it.", step)


_CALLED = {str: "a text", bool: "yes or no", int: "a whole number", timedelta: "a duration"}
_KINDS: Mapping[str, type] = {
    **{kind.__name__: kind for kind in _CALLED},
    "tuple[str, ...]": str,
    "tuple[int, ...]": int,
}


def _not_understood(given: object, read: object, path: Path) -> Iterator[Finding]:
    """Yield what was written and not read: a misspelt name would otherwise change nothing, and nobody would know."""
    if isinstance(given, Mapping) and isinstance(read, Mapping):
        for name, value in given.items():
            if name in read:
                yield from _not_understood(value, read[name], (*path, name))
            elif value not in (None, "", False, 0, [], {}):
                text = f"{name!r} is not understood here; mend its name or take it out."
                yield _finding("not_understood", text, "", (*path, name))
    elif isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        for number, (one, other) in enumerate(zip(given, read, strict=True)):
            yield from _not_understood(one, other, (*path, number))
    elif isinstance(read, list | Mapping):
        yield _finding(
            "kind", f"{path[-1]!r} is not {'a list' if isinstance(read, list) else 'a mapping'}.", "", path[:-1]
        )


def _finding(code: str, text: str, step: str = "", path: Path = ()) -> Finding:
    return Finding(level=Level.ERROR, code=code, text=text, step=step, path=path)


def _unreadable(data: Mapping[str, Any]) -> Iterator[Finding]:
    for name in _NEEDED:
        if name not in data:
            yield _finding("missing", f"The flow has no {name!r} yet; fill it in.")
    if "trigger" in data:
        yield from _tried("The trigger", trigger_from_json, data["trigger"], path=("trigger",))
    if "filter" in data:
        yield from _tried("The filter", condition_from_json, data["filter"], path=("filter",))
    steps = data.get("steps", ())
    if not _is_list(steps):
        yield _finding("unreadable", "The steps are a list; this is none.", path=("steps",))
        return
    yield from _steps(steps, ("steps",))
    yield from _doubled(list(_ids(steps)))


def _steps(steps: Sequence[Any], path: Path) -> Iterator[Finding]:
    for number, step in enumerate(steps):
        here = (*path, number)
        inner = [finding for way, inside in _ways(step) for finding in _steps(inside, (*here, *way))]
        # A step that holds a broken one cannot be read either; the one inside is to blame.
        yield from inner or _step(step, here)


def _step(step: Any, path: Path) -> Iterator[Finding]:
    if not isinstance(step, Mapping):
        yield _finding("unreadable", "A step is a mapping with an id and a type; this is none.", path=path)
        return
    id_, kind = str(step.get("id", "")), str(step.get("type", ""))
    for name in ("id", "type"):
        if not step.get(name):
            yield _finding(
                "missing", f"Step {id_ or kind or 'without an id'!r} has no {name} yet; give it one.", id_, path
            )
            return
    yield from _tried(f"Step {id_!r} ({kind})", step_from_json, step, step=id_, path=path)


def _tried(what: str, read: Any, data: Any, *, path: Path, step: str = "") -> Iterator[Finding]:
    try:
        read(data)
    except KeyError as error:
        yield _finding("missing", f"{what} has no {error.args[0]!r} yet; fill it in.", step, path)
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        cause = error.__cause__
        if isinstance(cause, KeyError):
            yield _finding("missing", f"{what} has no {cause.args[0]!r} yet; fill it in.", step, path)
        elif isinstance(error, ValueError) and not isinstance(cause, TypeError | AttributeError):
            yield _finding("unreadable", f"{what}: {error}", step, path)
        else:
            yield _finding("unreadable", f"{what} holds something of the wrong kind; look at its fields.", step, path)


def _too_deep(data: object) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _ways(step: Any) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Yield every list of steps that a step holds, with its path from there."""
    if not isinstance(step, Mapping):
        return
    for name, value in step.items():
        if not _is_list(value):
            continue
        if name in {"then", "otherwise"}:
            yield (str(name),), value
        for number, one in enumerate(value):
            if isinstance(one, Mapping) and _is_list(one.get("steps")):
                yield (str(name), number, "steps"), one["steps"]


def _ids(steps: Sequence[Any]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Mapping):
            yield str(step.get("id", ""))
        for _, inside in _ways(step):
            yield from _ids(inside)


def _doubled(ids: list[str]) -> Iterator[Finding]:
    for id_ in sorted({id_ for id_ in ids if id_ and ids.count(id_) > 1}):
        yield _finding("doubled", f"More than one step is called {id_!r}; rename one of them.", id_)
