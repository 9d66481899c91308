"""People taken in from a file of another system, with what they agreed to there.

Refuses a yes that cannot be told from older than somebody's no, and to mail anybody by itself: flows take new
crossings only.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from django.db import transaction

from saleor_mailflow.audience import consent, contacts
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.birthdays import read_birthday, set_birthday
from saleor_mailflow.audience.contacts import ContactFact
from saleor_mailflow.audience.said import UMBRELLA, Said
from saleor_mailflow.audience.suppression import suppressed
from saleor_mailflow.models import Consent, Contact, ContactTag

BATCH = 500
#: How other systems call what we know, in lower case and without spaces.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e-mail", "emailaddress", "address", "mail"),
    "first_name": ("first_name", "firstname", "fname", "vorname", "prenom", "imie"),
    "last_name": ("last_name", "lastname", "lname", "nachname", "nom", "nazwisko", "surname"),
    "language": ("language", "lang", "locale", "sprache"),
    "country": ("country", "country_code", "land", "pays", "kraj"),
    "consent_at": ("consent_at", "optin_time", "opt_in_time", "confirm_time", "subscribed_at", "created_at"),
    "birthday": ("birthday", "birthdate", "date_of_birth", "geburtstag"),
    "tags": ("tags",),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line that can be used."""

    line: int
    email: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    country: str = ""
    consent_at: datetime | None = None
    birthday: date | None = None
    tags: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Taken:
    """What an import came to. ``refused`` are (line number, why), without the address."""

    read: int = 0
    #: Addresses that were no contacts before.
    new: int = 0
    #: Yeses that were written.
    consents: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_contacts(
    shop_id: int,
    lines: Iterable[str],
    *,
    source: str,
    now: datetime,
    topic: str = UMBRELLA,
    entity: str = "",
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda read: None,
) -> Taken:
    """Take in a CSV file with a header line; everybody in it agreed to mail about ``topic``, as ``source`` says.

    A line is refused where its address is none, somebody said no here after (or, without a date, at any time before)
    the yes in the file, or the address is suppressed. Names and countries fill gaps: what the shop said later counts.
    In batches of BATCH, each in one transaction; safe to repeat. Raises ValueError for a file without addresses.
    """
    taken = Taken()
    rows = _rows(lines, taken, now)
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            _take(shop_id, batch, taken, source=source, topic=topic, entity=entity, now=now)
            if dry_run:
                transaction.set_rollback(True)
        progress(taken.read)
    progress(taken.read)
    taken.refused.sort()
    return taken


def _rows(lines: Iterable[str], taken: Taken, now: datetime) -> Iterator[Row]:
    reader = csv.DictReader(lines)
    columns = _columns(reader.fieldnames or ())
    if "email" not in columns:
        seen = ", ".join(repr(name) for name in list(reader.fieldnames or ())[:8]) or "nothing"
        raise ValueError(f"The first line names no column of addresses such as “email”; it names {seen}.")
    seen_addresses: set[str] = set()
    for cells in reader:
        taken.read += 1
        value = {name: str(cells.get(column) or "").strip() for name, column in columns.items()}
        email = normalise(value["email"])
        if not email:
            taken.refused.append((reader.line_num, "The address is not a valid one."))
        elif email in seen_addresses:
            taken.refused.append((reader.line_num, "The address stands further up in the file already."))
        else:
            seen_addresses.add(email)
            row = _row(reader.line_num, email, value, now)
            if isinstance(row, Row):
                yield row
            else:
                taken.refused.append((reader.line_num, row))


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Return {what we know: the file's column}."""
    plain = {name.strip().lower().replace(" ", ""): name for name in names if name}
    return {ours: plain[one] for ours, theirs in _NAMES.items() for one in reversed(theirs) if one in plain}


def _row(line: int, email: str, value: Mapping[str, str], now: datetime) -> Row | str:
    """Return the line as it can be used, or the sentence that says why it cannot."""
    at: datetime | None = None
    if value.get("consent_at"):
        at = _time(value["consent_at"])
        if at is None:
            return f"The time of the consent is {value['consent_at'][:40]!r}; write it as 2026-03-01T10:00Z."
        if at > now + timedelta(minutes=5):
            return f"The time of the consent, {value['consent_at'][:40]!r}, lies in the future."
    country = value.get("country", "").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        return f"The country is {country[:40]!r}; write its two-letter code, such as DE."
    return Row(
        line=line,
        email=email,
        first_name=value.get("first_name", ""),
        last_name=value.get("last_name", ""),
        language=value.get("language", ""),
        country=country,
        consent_at=at,
        birthday=read_birthday(value.get("birthday", ""), now.date()),
        tags=tuple(tag.strip()[:60] for tag in value.get("tags", "").split(",") if tag.strip()),
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _take(
    shop_id: int, rows: Sequence[Row], taken: Taken, *, source: str, topic: str, entity: str, now: datetime
) -> None:
    """Write one batch."""
    emails = [row.email for row in rows]
    contacts.lock(shop_id, emails)
    known = dict(Contact.objects.filter(shop_id=shop_id, email__in=emails).values_list("email", "id"))
    said = consent.words(known.values())
    blocked = suppressed(shop_id, emails, entity)
    usable: list[Row] = []
    for row in rows:
        word = consent.standing(said.get(known.get(row.email, 0), {}), entity=entity, topic=topic)
        if row.email in blocked:
            taken.refused.append((row.line, "The address is suppressed; it stays so."))
        elif word is not None and not word.granted and (row.consent_at is None or row.consent_at <= word.at):
            why = f"They said no here on {word.at:%Y-%m-%d}, and the file's yes is not younger."
            taken.refused.append((row.line, why))
        else:
            usable.append(row)
    facts = [
        ContactFact(
            email=row.email,
            seen_at=row.consent_at or now,
            first_name=row.first_name,
            last_name=row.last_name,
            language=row.language,
            country=row.country,
        )
        for row in usable
    ]
    ids = contacts.upsert(shop_id, facts)
    taken.new += sum(row.email not in known for row in usable)
    taken.consents += consent.append(
        shop_id,
        [
            Said(
                contact_id=ids[row.email],
                state=Consent.State.GRANTED,
                source=f"import {source}"[:200],
                proof=f"line {row.line}",
                at=row.consent_at or now,
                topic=topic,
                basis=Consent.Basis.IMPORTED,
            )
            for row in usable
        ],
        entity=entity,
    )
    _birthdays({ids[row.email]: row.birthday for row in usable if row.birthday is not None}, now)
    tags = [ContactTag(contact_id=ids[r.email], tag=tag, source="import", at=now) for r in usable for tag in r.tags]
    ContactTag.objects.bulk_create(tags, ignore_conflicts=True)


def _birthdays(born: Mapping[int, date], now: datetime) -> None:
    changed = [one for one in Contact.objects.filter(id__in=born) if set_birthday(one, born[one.pk], now)]
    Contact.objects.bulk_update(changed, ["birthday", "birthday_known_at", "birthday_changed_at"])
