"""Stories written in YAML beside a flow, in the words of ``testing.story``: read them, and tell them.

Refuses a word that it does not know, with its line, before the first story is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.strict_yaml import Path, Read, Unreadable
from saleor_mailflow.testing.happenings import Happening, happening
from saleor_mailflow.testing.story import BEGIN, Story, story

#: What may stand beside a story's name and what it tells.
_SETTINGS = frozenset({"at", "zone", "birthday", "seed"})
_VERBS = ("on", "then", "after", "sends", "sends_nothing", "stays", "enters_not", "exits", "knowing")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One story: its name, where it stands, and what is told."""

    name: str
    read: Read
    path: Path
    settings: Mapping[str, Any]
    tells: tuple[tuple[Path, str, Callable[[Story], Story]], ...]

    def tell(self, flow: Flow) -> str:
        """Tell it of a flow; return "" where all is so, else file, line and what was not."""
        told = story(flow, **self.settings)
        for path, _, verb in self.tells:
            try:
                verb(told)
            except (AssertionError, ValueError) as error:
                return self.read.blame(path, f"{self.name}: {error}")
        return ""


def stories_in(read: Read) -> tuple[str, tuple[Told, ...]]:
    """Return the key of the flow that a file's stories are about, and the stories. Raises Unreadable with the line."""
    data = read.data
    if not isinstance(data, dict) or not isinstance(data.get("flow"), str) or not isinstance(data.get("stories"), list):
        raise Unreadable(read.blame((), "Stories begin with “flow: <key>” and a list of “stories”; this does not."))
    stories = tuple(_told(read, one, ("stories", number)) for number, one in enumerate(data["stories"]))
    if not stories:
        raise Unreadable(read.blame(("stories",), "There is no story here; tell one, or delete the file."))
    return data["flow"], stories


def _told(read: Read, data: Any, path: Path) -> Told:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str) or not isinstance(data.get("tells"), list):
        raise Unreadable(read.blame(path, "A story has a “name” and a list of what it “tells”; this has not."))
    unknown = sorted(data.keys() - _SETTINGS - {"name", "tells"})
    if unknown:
        known = ", ".join(sorted(_SETTINGS))
        raise Unreadable(read.blame((*path, unknown[0]), f"{unknown[0]!r} is nothing of a story; it may have {known}."))
    tells = []
    for number, one in enumerate(data["tells"]):
        here = (*path, "tells", number)
        word, value = one if isinstance(one, tuple) else _pair(read, one, here)
        tells.append((here, word, _verb(read, word, value, here)))
    return Told(name=data["name"], read=read, path=path, settings=_settings(read, data, path), tells=tuple(tells))


def _settings(read: Read, data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    found = {name: str(data[name]) for name in _SETTINGS if name in data}
    if "at" not in found:
        return found
    try:
        at = datetime.fromisoformat(found.pop("at"))
    except ValueError as error:
        raise Unreadable(read.blame((*path, "at"), "A story begins at a time such as 2026-03-03 09:00.")) from error
    return {**found, "at": at if at.tzinfo else at.replace(tzinfo=BEGIN.tzinfo)}


def _pair(read: Read, one: Any, path: Path) -> tuple[str, Any]:
    if isinstance(one, str):
        return one, None
    if isinstance(one, dict) and len(one) == 1:
        return next(iter(one.items()))
    raise Unreadable(read.blame(path, "One thing at a time is told, such as “after: 1h” or “stays”."))


def _verb(read: Read, word: str, value: Any, path: Path) -> Callable[[Story], Story]:
    match word, value:
        case (("on" | "then"), _):
            what = _happening(read, value, path)
            return lambda told: told.on(what) if word == "on" else told.then(what)
        case "after", str():
            return lambda told: told.after(value)
        case "sends", (str() | list()):
            steps = [value] if isinstance(value, str) else [str(one) for one in value]
            return lambda told: told.sends(*steps)
        case (("sends_nothing" | "stays"), None):
            return lambda told: told.stays() if word == "stays" else told.sends_nothing()
        case "enters_not", (str() | None):
            return lambda told: told.enters_not(value or "")
        case "exits", str():
            return lambda told: told.exits(value)
        case "knowing", dict():
            return lambda told: told.knowing(**{str(name).replace(".", "__", 1): one for name, one in value.items()})
    if word in _VERBS:
        raise Unreadable(read.blame(path, f"{word!r} is not told like this; docs/howto/flows-as-code.md shows how."))
    raise Unreadable(read.blame(path, f"{word!r} is no word of stories; they are {', '.join(_VERBS)}."))


def _happening(read: Read, value: Any, path: Path) -> Happening:
    word, told = _pair(read, value, path) if value is not None else ("", None)
    if told is not None and not isinstance(told, dict):
        raise Unreadable(read.blame(path, f"{word} is told by names, such as “{word}: {{total: 120}}”."))
    try:
        return happening(word, told or {})
    except ValueError as error:
        raise Unreadable(read.blame(path, str(error))) from error


def tell_all(reads: Iterator[Read], flow_of: Callable[[Read, str], Flow]) -> Iterator[tuple[Told, str]]:
    """Yield every story of every file with "" where it holds, else what does not. ``flow_of`` finds the flow."""
    for read in reads:
        key, stories = stories_in(read)
        flow = flow_of(read, key)
        yield from ((one, one.tell(flow)) for one in stories)
