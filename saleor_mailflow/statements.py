"""Our own statements on the way out: parameters bound by the server, and prepared once a connection.

Half of what a short statement costs is reading and planning it. Refuses to prepare where somebody stands between us and
the server (pgbouncer and its like), who would hand the next run to a server process that never heard of it.
"""

from __future__ import annotations

import re
import selectors
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, NamedTuple, NoReturn
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from psycopg import Connection, Cursor, RawCursor
from psycopg.waiting import Wait

#: {the driver's connection: whether the server process at its other end is its own}
_direct: WeakKeyDictionary[Connection[Any], bool] = WeakKeyDictionary()


#: Whether the server is answering right now, and something else is done meanwhile.
_busy: ContextVar[bool] = ContextVar("busy", default=False)


class AskedMeanwhile(RuntimeError):
    """What is done while the database answers asked it something."""


#: A place, with its name or without, or a percent sign that is meant.
_PLACE = re.compile(r"%%|%(?:\((\w+)\))?s")

#: What stands at the places of a statement, in order or by name.
Values = Sequence[object] | Mapping[str, object]


class Answer(NamedTuple):
    """What a statement came to: its rows, none for one that returns nothing, and how many rows it touched."""

    rows: list[tuple[Any, ...]]
    touched: int


def run(statement: str, values: Values = (), *, meanwhile: Callable[[], bool] | None = None) -> Answer:
    """Run a statement with ``%s`` or ``%(name)s`` places, within Django's transaction where there is one.

    ``meanwhile`` is called while the server is at it (a commit waits for the disk), again and again until the answer is
    here or it returns False: nothing more to do. It must not ask the database, which is told in words; what it raises
    is raised when the answer is here, which is lost then, and the connection is as good as before.

    Its places have to say their type (``%s::bigint``): the server is told none. Every new text is prepared and kept, so
    texts must be few. JSON is returned as text, times as aware UTC. Raises Django's database errors.
    """
    if _busy.get():
        _refuse()
    connection.ensure_connection()
    driver: Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        direct = is_direct(driver)
    threshold, began = driver.prepare_threshold, time.monotonic()
    if meanwhile is not None:
        setattr(driver, "wait", partial(_wait, driver.wait, driver.fileno(), meanwhile))  # noqa: B010 - mypy: a method is replaced
    # Django's connections never prepare by themselves, so this is for one statement only.
    driver.prepare_threshold = 0 if direct else None
    try:
        text, names = _numbered(statement)
        with connection.wrap_database_errors, RawCursor(driver) as cursor:
            cursor.execute(text, [values[name] for name in names] if isinstance(values, Mapping) else values)
            return Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount)
    finally:
        driver.prepare_threshold = threshold
        vars(driver).pop("wait", None)
        if connection.queries_logged:
            # Tests count statements; Django sees only those that go through its own cursors.
            connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - began:.3f}"})


@cache
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement with PostgreSQL's own places (``$1``), and the names of those that have one.

    The driver would look for the places of a long statement anew every time.
    """
    names: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${names.setdefault(found[1] or str(len(names)), len(names) + 1)}"

    return _PLACE.sub(place, statement).encode(), tuple(names)


def _wait(
    wait: Callable[..., Any], fileno: int, meanwhile: Callable[[], bool], generator: Any, *args: Any, **kwargs: Any
) -> Any:
    """Stand in for ``psycopg.Connection.wait``: do ``meanwhile`` after the statement left, before its answer."""

    def stages() -> Generator[Any, Any, Any]:
        more, failure = True, None
        try:
            wanted = next(generator)
            while True:
                if more and wanted == Wait.R:
                    try:
                        with _refused():
                            while not readable(fileno) and (more := meanwhile()):
                                pass
                    except BaseException as error:  # noqa: BLE001 - Ctrl-C too: an answer nobody reads blocks the line
                        more, failure = False, error
                wanted = generator.send((yield wanted))
        except StopIteration as done:
            answer = done.value
        if failure is not None:
            raise failure
        return answer

    return wait(stages(), *args, **kwargs)


def readable(fileno: int) -> bool:
    """Tell whether there is something to read at a socket, without waiting for it."""
    with selectors.DefaultSelector() as watched:
        watched.register(fileno, selectors.EVENT_READ)
        return bool(watched.select(0))


@contextmanager
def _refused() -> Iterator[None]:
    """Let nobody ask the database: the driver would wait for its own answer for ever."""
    token = _busy.set(True)
    try:
        with connection.execute_wrapper(_refuse):
            yield
    finally:
        _busy.reset(token)


def _refuse(*_: object) -> NoReturn:
    raise AskedMeanwhile("The database was asked while it was answering: what is done meanwhile must not ask it.")


def plan_anew() -> None:
    """Let the server plan what is prepared anew, for tables of the size they have now.

    A plan made while a table was empty reads the whole of it, and would be kept until statistics are gathered.
    """
    run("DISCARD PLANS")


def is_direct(driver: Connection[Any]) -> bool:
    """Tell whether the server process that answers is the one that greeted us: a pooler greets with a name of its own.

    Asked once a connection.
    """
    if driver not in _direct:
        with Cursor(driver) as cursor:
            answering = cursor.execute("SELECT pg_backend_pid()").fetchone()
        _direct[driver] = answering is not None and answering[0] == driver.info.backend_pid
    return _direct[driver]


def array(values: Iterable[object]) -> str:
    """Return numbers, hashes or ISO times as PostgreSQL writes an array: the driver's own way costs more than a query.

    Refuses nothing: give it only what holds no comma, brace, quote or blank. A ``None`` becomes NULL.
    """
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _readers(field: Any) -> list[Callable[..., Any]]:
    # Django's own way to a field's value, such as a dict out of JSON; its type does not tell of it.
    return list(field.get_db_converters(connection))


class Rows:
    """A statement that returns models, several to a row, without what Django does anew for every query.

    What is left out of a model (``omitted``) is read by Django when it is asked for, a query each time.
    """

    def __init__(self, *models: tuple[type[Model], str, Collection[str]], source: str) -> None:
        """``models`` are (model, its name in ``source``, fields to leave out); ``source`` follows FROM."""
        self._parts: list[tuple[type[Model], list[str], list[tuple[int, Callable[..., Any]]]]] = []
        columns: list[str] = []
        for model, name, omitted in models:
            fields = [field for field in model._meta.concrete_fields if field.name not in omitted]
            reading = [(at, read) for at, field in enumerate(fields) for read in _readers(field)]
            self._parts.append((model, [field.attname for field in fields], reading))
            columns += [f"{name}.{field.column}" for field in fields]
        self.statement = f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608 - the names of our own columns

    def models(self, row: Sequence[Any], *, known: dict[tuple[type[Model], Any], Model] | None = None) -> list[Any]:
        """Return the models of a row, in the order in which they were given.

        What is in ``known`` by model and primary key (the first column) is taken from there and not built again.
        """
        found, start = [], 0
        for model, names, reading in self._parts:
            if known is not None and (model, row[start]) in known:
                found.append(known[model, row[start]])
                start += len(names)
                continue
            values = list(row[start : start + len(names)])
            for place, read in reading:
                values[place] = read(values[place], None, connection)
            found.append(model.from_db(DEFAULT_DB_ALIAS, names, values))
            start += len(names)
        return found
