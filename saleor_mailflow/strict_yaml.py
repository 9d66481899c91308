"""Read YAML as people mean it, and remember on which line everything stands.

Refuses what surprises: ``yes``, ``on`` and ``10:30`` are texts, a key may stand once, and there are no anchors, tags or
dates (YAML 1.2's core, https://yaml.org/spec/1.2.2/#103-core-schema).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from saleor_mailflow.exceptions import MailflowError

Path = tuple[str | int, ...]

#: More than any flow or story has; a file that is larger is not one.
LARGEST_BYTES = 1_000_000
#: Brackets around one value; deeper ones would exhaust whoever reads them.
DEEPEST = 60


class Unreadable(MailflowError):
    """A file is not what it should be. The text begins with its name and line."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a file holds, and the line (from 1) of every value by its path: ``("steps", 2, "then", 0)``."""

    name: str
    data: Any
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest thing around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def blame(self, path: Path, text: str) -> str:
        """Return a sentence with the file and line before it: ``flows/welcome.yaml:12: …``."""
        return f"{self.name}:{self.line(path)}: {text}"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader without the guesses of YAML 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _what, _begins in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_what})$"), list(_begins))


def read_yaml(text: str, name: str) -> Read:
    """Return what a YAML text holds; ``name`` is the file's, for errors. Raises Unreadable with the line."""
    if len(text.encode()) > LARGEST_BYTES:
        raise Unreadable(f"{name}:1: The file has more than {LARGEST_BYTES} bytes; nothing we read is so large.")
    lines: dict[Path, int] = {}
    try:
        _refuse_aliases(text, name)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else _built(loader, node, (), lines, name)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise Unreadable(
            f"{name}:{line}: This is no YAML: {error.problem}; mend the line or the one before."
        ) from error
    except yaml.YAMLError as error:
        raise Unreadable(f"{name}:1: This is no YAML; it may hold characters that no text has.") from error
    return Read(name=name, data=data, lines=lines)


def _refuse_aliases(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(f"{name}:{line}: Anchors and aliases (& and *) are not read here; write it out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable(f"{name}:{line}: Nested more than {DEEPEST} deep; write it flatter.")


def _built(loader: _Loader, node: Node, path: Path, lines: dict[Path, int], name: str) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, ScalarNode):
                raise Unreadable(f"{name}:{key_node.start_mark.line + 1}: A key is a word; this is none.")
            key = str(key_node.value)
            if key in found:
                raise Unreadable(f"{name}:{key_node.start_mark.line + 1}: {key!r} stands here twice; take one out.")
            found[key] = _built(loader, value, (*path, key), lines, name)
        return found
    if isinstance(node, SequenceNode):
        return [_built(loader, one, (*path, number), lines, name) for number, one in enumerate(node.value)]
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in {*_PLAIN, "str"}:
        raise Unreadable(f"{name}:{line}: Tags ({node.tag}) are not read here; write a plain value.")
    return loader.construct_object(node)


_PLAIN = ("bool", "int", "float", "null")


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper with lists indented; it quotes whatever any reader of YAML could take for something else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists inside mappings too."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: an alias would not be read again."""
        return True


def write_yaml(data: Any) -> str:
    """Return data as YAML, always the same text for the same data, with keys in the order in which they come."""
    return str(
        yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)
    )
