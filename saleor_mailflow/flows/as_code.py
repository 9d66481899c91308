"""Flows as YAML that people keep beside their code: written always the same, read with the line of every mistake.

Refuses keys that it does not know: a misspelt one would otherwise change nothing, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.durations import read_duration, written_duration
from saleor_mailflow.flows.lint import NOTHING_KNOWN, Finding, Known
from saleor_mailflow.flows.triggers import OnDate, QuietFor, Threshold
from saleor_mailflow.flows.unfinished import read_unfinished
from saleor_mailflow.strict_yaml import Path, Read, Unreadable, write_yaml

HEADER = "# A flow of saleor-mailflow: docs/howto/flows-as-code.md says how to change and apply it.\n"

#: Keys whose JSON is seconds, and those of triggers whose JSON is days; both are written as durations.
_SECONDS = frozenset({"once_per", "lateness", "duration", "after_mail", "timeout", "after"})
_DAYS = frozenset({"least", "most", "known_for", "catch_up", "before", "settled"})

#: What needs not be written, because it is so anyway.
_FLOW_DEFAULTS: Mapping[str, Any] = {
    "prompt": False,
    "kind": "marketing",
    "topic": "marketing",
    "priority": 100,
    "lane": "",
}
_STEP_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "send": {"may_wait": True},
    "wait": {"duration": 0, "since": "entry", "after_mail": 0},
    "wait_for": {"own": True, "then": [], "otherwise": []},
    "branch": {"then": [], "otherwise": []},
}
_TRIGGER_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "quiet_for": QuietFor().to_json(),
    "on_date": OnDate(date="birthday").to_json(),
    "threshold": Threshold().to_json(),
    "recurring": {"nth": 0, "at": "09:00"},
}


@dataclass(frozen=True, kw_only=True)
class FlowFile:
    """A flow as a file has it: None where it cannot be read, with everything that is found in it."""

    read: Read
    flow: Flow | None
    findings: tuple[Finding, ...]

    @property
    def said(self) -> tuple[str, ...]:
        """Return every finding with its file and line."""
        return tuple(f"{self.read.blame(self._path(one), one.text)}" for one in self.findings)

    def _path(self, finding: Finding) -> Path:
        return finding.path or _paths(self.read.data).get(finding.step, ())


def flow_to_yaml(flow: Flow) -> str:
    """Return a flow as YAML: always the same bytes for the same flow, and read again the same flow."""
    data = flow.to_json()
    steps, trigger = data.pop("steps"), data.pop("trigger")
    shown = {
        "schema": data.pop("schema"),
        "key": data.pop("key"),
        **{name: value for name, value in data.items() if _FLOW_DEFAULTS.get(name, ...) != value},
        "trigger": _slim(trigger, _TRIGGER_DEFAULTS.get(trigger["type"], {}), keep={"type", "date"}),
        "steps": [_step_out(step) for step in steps],
    }
    return HEADER + write_yaml(_durations_out(shown))


def flow_from_yaml(read: Read, known: Known = NOTHING_KNOWN) -> FlowFile:
    """Return the flow of a file with its findings. Raises Unreadable for what is no mapping, and for bad durations."""
    if not isinstance(read.data, dict):
        raise Unreadable(read.blame((), "A flow is a mapping that begins with its schema and key; this is none."))
    data = {**_FLOW_DEFAULTS, **_durations_in(read, read.data, ())}
    trigger = data.get("trigger")
    if isinstance(trigger, dict):
        data["trigger"] = {**_TRIGGER_DEFAULTS.get(str(trigger.get("type")), {}), **trigger}
    if isinstance(data.get("steps"), list):
        data["steps"] = [_step_in(step) for step in data["steps"]]
    flow, findings = read_unfinished(data, known)
    return FlowFile(read=read, flow=flow, findings=findings)


def _slim(data: Mapping[str, Any], defaults: Mapping[str, Any], *, keep: frozenset[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in keep or defaults.get(name, ...) != value}


def _step_out(step: Mapping[str, Any]) -> dict[str, Any]:
    shown = _slim(step, _STEP_DEFAULTS.get(step["type"], {}), keep={"type", "id"})
    return _inside({"id": step["id"], **shown}, _step_out)


def _step_in(step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    return _inside({**_STEP_DEFAULTS.get(str(step.get("type")), {}), **step}, _step_in)


def _inside(step: dict[str, Any], change: Any) -> dict[str, Any]:
    """Return a step with the steps inside it changed."""
    for way in ("then", "otherwise"):
        if isinstance(step.get(way), list):
            step[way] = [change(one) for one in step[way]]
    if isinstance(step.get("ways"), list):
        step["ways"] = [
            {**way, "steps": [change(one) for one in way["steps"]]}
            if isinstance(way, dict) and isinstance(way.get("steps"), list)
            else way
            for way in step["ways"]
        ]
    return step


def _durations_out(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _durations_out(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_durations_out(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if key in _SECONDS:
            return written_duration(timedelta(seconds=value))
        if key in _DAYS:
            return written_duration(timedelta(days=value))
    return value


def _durations_in(read: Read, value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {name: _durations_in(read, one, (*path, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [_durations_in(read, one, (*path, number)) for number, one in enumerate(value)]
    key = path[-1] if path else ""
    if key not in _SECONDS | _DAYS:
        return value
    try:
        seconds = int(read_duration(value if isinstance(value, str) else str(value)).total_seconds())
    except ValueError as error:
        raise Unreadable(read.blame(path, f"{key}: {error}")) from error
    if key in _SECONDS:
        return seconds
    if seconds % 86_400:
        raise Unreadable(read.blame(path, f"{key} is counted in whole days; write it as {max(1, seconds // 86_400)}d."))
    return seconds // 86_400


def _paths(data: Any, path: Path = ()) -> dict[str, Path]:
    """Return where each step stands, by its id."""
    found: dict[str, Path] = {}
    if isinstance(data, dict):
        if path and "type" in data and isinstance(data.get("id"), str):
            found[data["id"]] = path
        for name, one in data.items():
            found |= _paths(one, (*path, name))
    elif isinstance(data, list):
        for number, one in enumerate(data):
            found |= _paths(one, (*path, number))
    return found
