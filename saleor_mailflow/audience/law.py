"""What a mail needs to be lawful, by its kind and the recipient's country: consent, a purchase, or nothing.

Refuses to be lenient where it does not know: an unknown country needs consent. The merchant's word wins over the table,
by channel or by editing it, and every answer says in ``rule`` who decided. The sources stand in ``audience.law_table``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from babel import Locale

from saleor_mailflow.audience.law_table import TABLE, Country, Regime
from saleor_mailflow.conf import Problem
from saleor_mailflow.flows.kinds import MailKind


class Need(StrEnum):
    """What has to be there before a mail may go."""

    #: A yes of this person.
    CONSENT = "consent"
    #: A yes, or a purchase from us.
    EXISTING_CUSTOMER = "existing_customer"
    #: Nothing. A no is still a no.
    NONE = "none"


CONSENT, EXISTING_CUSTOMER, NOT_NEEDED = Need.CONSENT, Need.EXISTING_CUSTOMER, Need.NONE


@dataclass(frozen=True, kw_only=True)
class Law:
    """The answer. ``rule`` is read by merchants."""

    needs: Need
    rule: str
    #: How long after a purchase somebody counts as a customer; None for as long as we know them.
    customer_for: timedelta | None = None
    #: How long a consent lasts by law; None for until it is withdrawn.
    consent_expires: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Override:
    """One edit of the table. ``country`` is ISO 3166-1 alpha-2, or "*" for every country without an edit of its own."""

    country: str
    kind: MailKind
    needs: Need


_STRICT = dict.fromkeys(MailKind, Need.CONSENT)
_SOFT = {**_STRICT, MailKind.CART: Need.EXISTING_CUSTOMER, MailKind.REVIEW: Need.EXISTING_CUSTOMER}

#: Regime → kind of mail → need. Marketing stays at consent under the soft opt-in: whether its conditions were met when
#: the address was taken is nothing we can know. SERVICE is answered before this is asked.
_NEEDS: Mapping[Regime, Mapping[MailKind, Need]] = {
    Regime.OPT_IN: _STRICT,
    Regime.SOFT_OPT_IN: _SOFT,
    Regime.SOFT_OPT_IN_REVIEWS: {**_SOFT, MailKind.REVIEW: Need.CONSENT},
    Regime.IMPLIED: dict.fromkeys(MailKind, Need.EXISTING_CUSTOMER),
    Regime.OPT_OUT: dict.fromkeys(MailKind, Need.NONE),
}

_STRICTEST_FIRST = tuple(Need)
_NEED_BY_NAME = {need.value: need for need in Need}
_EDITABLE = tuple(kind.value for kind in MailKind if kind is not MailKind.SERVICE)
#: What people write for a country, and its ISO 3166-1 code.
_NO_CODES = {"UK": "GB", "EL": "GR"}

#: What countries are called, by code: the rule is read by merchants.
_NAMES = Locale("en").territories

_WORDS = {
    Need.CONSENT: "consent",
    Need.EXISTING_CUSTOMER: "consent or existing customer",
    Need.NONE: "no consent needed",
}


def required(kind: MailKind, country: str, *, setting: str = "auto", overrides: tuple[Override, ...] = ()) -> Law:
    """Return what a mail of this kind needs where the recipient lives.

    ``country`` is ISO 3166-1 alpha-2 in any case, "" for unknown. ``setting`` is the channel's, one of
    ``conf.LAWFUL_BASES``; anything but ``auto`` wins over ``overrides``, which win over the table. Never raises.
    """
    code = country.strip().upper()
    row = TABLE.get(code)
    called = _NAMES.get(code, code)
    name = called if row is not None else f"{called or 'unknown country'}, which is not in our table"
    if kind is MailKind.SERVICE:
        return Law(needs=Need.NONE, rule=f"{called or 'any country'}: no consent needed (a transactional mail)")
    if setting != "auto":
        if setting not in _NEED_BY_NAME:
            return _law(Need.CONSENT, name, f"the channel's lawful basis is {setting!r}, which is not one we know", row)
        return _law(Need(setting), name, "the channel's lawful basis", row)
    for scope in (code, "*"):
        for edit in overrides:
            if edit.country == scope and edit.kind is kind:
                return _law(edit.needs, name, f"your edit of the table, {scope}.{kind}", row)
    if row is None:
        return _law(Need.CONSENT, name, "where we do not know the law, we ask for consent", row)
    needs = _NEEDS[row.regime][kind]
    return _law(needs, name, _citation(row, kind, needs), row)


def _law(needs: Need, name: str, why: str, row: Country | None) -> Law:
    # A merchant may say who needs what; how long a purchase or a consent lasts stays the country's.
    lasts = row.customer_for if row is not None and needs is Need.EXISTING_CUSTOMER else None
    expires = row.consent_expires if row is not None and needs is not Need.NONE else None
    within = f" of the last {lasts.days} days" if lasts is not None else ""
    return Law(
        needs=needs, rule=f"{name}: {_WORDS[needs]}{within} ({why})", customer_for=lasts, consent_expires=expires
    )


def _citation(row: Country, kind: MailKind, needs: Need) -> str:
    if needs is Need.EXISTING_CUSTOMER:
        return row.customers
    if kind is MailKind.REVIEW and row.reviews:
        return row.reviews
    return row.statute


def required_basis(setting: str, country: str) -> str:
    """Return what a cart mail needs, as text, for a caller that does not know when somebody bought.

    ``auto`` never answers ``existing_customer``: in some countries a purchase counts for a time only, so who cannot say
    when it was asks for consent. ``required`` is the whole answer.
    """
    needs = required(MailKind.CART, country, setting=setting).needs
    return str(Need.CONSENT if setting == "auto" and needs is Need.EXISTING_CUSTOMER else needs)


def parse_overrides(raw: object) -> tuple[tuple[Override, ...], tuple[Problem, ...]]:
    """Return the merchant's edits of the table, and what could not be read. Never raises.

    ``raw`` is text with a line an edit (``DE.cart = consent``, ``*.marketing = existing_customer``; ``#`` begins a
    comment), or a mapping of the same. Where we know the place but not what was meant, the strictest reading counts
    until the merchant has put it right; a line whose place cannot be read changes nothing.
    """
    found: dict[tuple[str, MailKind], Override] = {}
    problems: list[str] = []
    for name, value in _lines(raw):
        place = _place(name, value)
        if isinstance(place, str):
            problems.append(place)
            continue
        needs = _NEED_BY_NAME.get((value or "").lower())
        if needs is None:
            problems.append(
                f"The law edit {name!r} says {value!r}: use one of {', '.join(_NEED_BY_NAME)}. Until then: consent."
            )
        edit = Override(country=place[0], kind=place[1], needs=needs or Need.CONSENT)
        before = found.get(place)
        if before is not None and before.needs is not edit.needs:
            edit = min(before, edit, key=lambda one: _STRICTEST_FIRST.index(one.needs))
            problems.append(f"The law edits contradict each other about {name!r}: keep one. Until then: {edit.needs}.")
        found[place] = edit
    return tuple(found.values()), tuple(Problem(key="law", text=text) for text in problems)


def _lines(raw: object) -> list[tuple[str, str | None]]:
    """Return (name, value); the value is None where a line has no ``=``."""
    if isinstance(raw, Mapping):
        return [(str(name).strip(), str(value).strip()) for name, value in raw.items()]
    found: list[tuple[str, str | None]] = []
    for line in str(raw or "").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            name, equals, value = text.partition("=")
            found.append((name.strip(), value.strip() if equals else None))
    return found


def _place(name: str, value: str | None) -> tuple[str, MailKind] | str:
    """Return which cell of the table an edit is about, or the sentence that says why it is about none."""
    country, dot, kind = name.partition(".")
    country, kind = country.strip().upper(), kind.strip().lower()
    if value is None or not dot:
        line = name if value is None else f"{name} = {value}"
        return f"The law edit {line!r} is not of the form ``DE.cart = consent``."
    if country in _NO_CODES:
        return f"The law edit {name!r} names {country}, which is no ISO code: write {_NO_CODES[country]}."
    if country != "*" and not (len(country) == 2 and country.isascii() and country.isalpha()):
        return f"The law edit {name!r} begins with {country!r}: use a two-letter ISO country code, or * for all."
    if kind == MailKind.SERVICE:
        return f"The law edit {name!r} is about transactional mail, which is always allowed: take the line out."
    if kind not in _EDITABLE:
        return f"The law edit {name!r} names the kind of mail {kind!r}; use one of {', '.join(_EDITABLE)}."
    return country, MailKind(kind)
