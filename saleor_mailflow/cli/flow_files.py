"""``flows export|diff|apply|test``: flows and their stories as files. Refuses to publish without a yes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output, counted
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.apply import Planned, apply_planned, export_flow, plan_apply
from saleor_mailflow.flows.as_code import flow_from_yaml
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.models import Flow, Shop
from saleor_mailflow.strict_yaml import Read, read_yaml
from saleor_mailflow.testing.told import tell_all

STORIES = ".stories.yaml"


def export(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    """Write live flows as files into ``--to``, or one flow to standard output."""
    there = set(Flow.objects.filter(shop=shop).exclude(version=None).values_list("key", flat=True))
    unknown = sorted(set(args.names) - there - set(CATALOG))
    if unknown:
        known = ", ".join(sorted(there | set(CATALOG)))
        raise ConfigurationError(f"There is no flow {unknown[0]!r}; known are {known}.", key="flows")
    texts = {key: export_flow(shop, key) for key in args.names or sorted(there)}
    if output.json:
        output.data(texts)
    elif args.to:
        folder = Path(args.to)
        folder.mkdir(parents=True, exist_ok=True)
        for key, text in texts.items():
            (folder / f"{key}.yaml").write_text(text, encoding="utf-8")
        output.say(
            f"In {folder}: {counted(len(texts), 'flow', 'flows')}, {', '.join(texts) or 'none was published yet'}."
        )
    elif len(texts) == 1:
        sys.stdout.write(next(iter(texts.values())))
    else:
        raise ConfigurationError("Say which flow, or where the files go: mailflow flows export --to flows", key="flows")
    return 0


def diff(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    """Print what files would change. The exit code is 1 where they would, 0 where nothing differs."""
    planned = plan_apply(shop, _texts(args.names))
    _show(planned, output)
    if output.json:
        output.data([_plain(one) for one in planned])
    return int(any(one.differs for one in planned))


def apply(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    """Print what files would change and publish it once somebody says yes."""
    planned = plan_apply(shop, _texts(args.names))
    _show(planned, output)
    if any(one.differs for one in planned) and not args.yes:
        if output.json or not sys.stdin.isatty():
            output.refuse("Nothing was published: nobody is there to ask. Say --yes to publish it.")
            return 1
        if input("Publish this? [y/N] ").strip().lower() not in {"y", "yes"}:
            output.say("Nothing was published.")
            return 1
    versions = apply_planned(shop, planned, actor=COMMAND_LINE, at=clock.now(), note=args.note)
    for version in versions:
        output.say(f"{version.flow_key}: version {version.number} is published, for people who enter from now on.")
    if output.json:
        output.data([{"key": version.flow_key, "version": version.number} for version in versions])
    return 0


def tell(args: argparse.Namespace, output: Output) -> int:
    """Tell the stories beside flow files. The exit code is 1 where one does not hold. Needs no database."""
    reads = [read_yaml(text, name) for name, text in _texts(args.names, stories=True).items()]
    results = [(told, wrong) for told, wrong in tell_all(iter(reads), _flow_beside)]
    for told, wrong in results:
        output.say(wrong or f"ok  {told.name}")
    failed = sum(bool(wrong) for _, wrong in results)
    output.say(f"{len(results) - failed} of {len(results)} stories hold.")
    if output.json:
        output.data([{"story": told.name, "file": told.read.name, "wrong": wrong} for told, wrong in results])
    return int(failed > 0)


def _flow_beside(read: Read, key: str) -> Definition:
    """Return the flow in the file beside the stories, or the catalogue's."""
    beside = Path(read.name).with_name(f"{key}.yaml")
    if beside.exists():
        found = flow_from_yaml(read_yaml(beside.read_text(encoding="utf-8"), str(beside)))
        if found.flow is None:
            raise ConfigurationError(found.said[0], key="flows")
        return found.flow
    if key in CATALOG:
        return CATALOG[key]
    raise ConfigurationError(
        read.blame(("flow",), f"There is neither {beside} nor a prebuilt flow {key!r}."), key="flows"
    )


def _texts(names: Sequence[str], *, stories: bool = False) -> Mapping[str, str]:
    if not names:
        raise ConfigurationError("Say which files or folders, such as flows/", key="flows")
    files = [file for name in names for file in _files(Path(name), stories)]
    if not files:
        kind = f"*{STORIES}" if stories else "*.yaml"
        raise ConfigurationError(f"There is no {kind} in {', '.join(names)}; export some first.", key="flows")
    return {str(file): _text(file) for file in files}


def _files(path: Path, stories: bool) -> Iterator[Path]:
    if not path.exists():
        raise ConfigurationError(f"There is no file or folder {path}.", key="flows")
    found: Iterable[Path] = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    yield from (file for file in found if file.name.endswith(STORIES) == stories)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read as text ({type(error).__name__}).", key="flows") from error


def _show(planned: Sequence[Planned], output: Output) -> None:
    for one in planned:
        for warning in one.warnings:
            output.say(f"warning: {warning}")
        if not one.differs:
            output.say(f"{one.flow.key}: nothing differs.")
            continue
        output.say(f"{one.flow.key}: {'new' if one.live is None else f'version {one.live.number} is live'}")
        for change in one.changes:
            inside = one.people.get(change.step, 0) if change.step else 0
            here = f"  ({counted(inside, 'person stands', 'people stand')} here)" if inside else ""
            output.say(f"  {change.text}{here}")


def _plain(one: Planned) -> dict[str, object]:
    return {
        "key": one.flow.key,
        "live": one.live.number if one.live else None,
        "differs": one.differs,
        "changes": [change.text for change in one.changes],
        "people": dict(one.people),
        "warnings": list(one.warnings),
    }
