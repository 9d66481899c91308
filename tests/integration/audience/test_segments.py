"""Segments: who is in none, and that SQL and the conditions themselves say the same of everybody."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_mailflow.audience import segment_book, segments
from saleor_mailflow.audience.condition_facts import Person, learn
from saleor_mailflow.audience.condition_sql import where
from saleor_mailflow.audience.erasing import erase_personal_data
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.conditions import All, Ask, Condition, Not, Some
from saleor_mailflow.flows.fact_table import FACTS, OPERATORS, FactKind
from saleor_mailflow.models import AuditEntry, Contact, ContactTag, Flow, Profile, Segment
from tests.integration.audience.people import DAY, NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

EVERYBODY = All(parts=())
LOYAL = Ask(fact="contact.orders", op="at_least", value=2)


@pytest.fixture
def people() -> People:
    return People()


def save(people: People, key: str, condition: Condition, name: str = "") -> Segment:
    return segment_book.save(people.shop, key, name=name, condition=condition, at=NOW, actor="staff:1")


def test_erased_people_staff_and_another_shop_s_are_in_no_segment(people: People) -> None:
    anna, ben = people.person(), people.person()
    people.person(is_staff=True)
    other = People("other.example")
    stranger = other.person()
    erase_personal_data(people.shop.pk, [ben.pk], NOW, now=NOW)
    assert segments.members(people.shop.pk, EVERYBODY, now=NOW) == [anna.pk]
    assert segments.count(people.shop.pk, EVERYBODY, now=NOW) == segments.Count(number=1)
    assert segments.matches(people.shop.pk, EVERYBODY, [anna.pk, ben.pk, stranger.pk], now=NOW) == {anna.pk}


@pytest.mark.parametrize("fact", [fact for fact in FACTS if not fact.startswith("contact.")])
def test_what_is_not_about_a_contact_is_refused_in_a_sentence(fact: str) -> None:
    ask = Ask(fact=fact, op=OPERATORS[FACTS[fact].kind][0], value=_value(FACTS[fact].kind, ""), of="x")
    with pytest.raises(ConfigurationError, match=rf"A segment asks about contacts; {fact} is"):
        where(ask, now=NOW)


def test_no_value_ever_stands_in_the_statement(people: People) -> None:
    evil = "'); DROP TABLE mailflow_contact; --"
    condition = Some(
        parts=(
            Ask(fact="contact.language", op="is", value=evil),
            Ask(fact="contact.language", op="in", value=[evil, "\0", "\ud800"]),
            Ask(fact="contact.tags", op="has", value=evil),
            Ask(fact="contact.attribute", op="is", value=evil, of=evil),
            Ask(fact="contact.spent", op="at_least", value="1E+999999", of=evil),
            Ask(fact="contact.score", op="less_than", value="-1E+999999"),
            Ask(fact="contact.score", op="is", value="1E-999999"),
        )
    )
    assert "DROP" not in where(condition, now=NOW).text
    people.person()
    assert segments.count(people.shop.pk, condition, now=NOW).number == 0


def test_segments_made_of_segments_are_as_they_are_now_and_never_in_a_circle(people: People) -> None:
    anna, ben = people.person(country="DE"), people.person(country="FR")
    save(people, "german", Ask(fact="contact.country", op="is", value="DE"))
    save(people, "foreign", Not(part=Ask(fact="contact.segment", op="has", value="german")))
    found = segments.saved(people.shop.pk)["foreign"]
    assert segments.members(people.shop.pk, found, now=NOW) == [ben.pk]
    save(people, "german", Ask(fact="contact.country", op="is", value="FR"))
    assert segments.members(people.shop.pk, found, now=NOW) == [anna.pk]
    with pytest.raises(ConfigurationError, match="circle"):
        save(people, "german", Ask(fact="contact.segment", op="has", value="foreign"))
    assert segments.matches(
        people.shop.pk, Ask(fact="contact.segment", op="has", value="nobody"), [anna.pk], now=NOW
    ) == set()  # fmt: skip


def test_what_flows_and_segments_need_is_not_deleted(people: People) -> None:
    save(people, "loyal", LOYAL)
    save(people, "more", Ask(fact="contact.segment", op="has", value="loyal"))
    with pytest.raises(ConfigurationError, match="part of more"):
        segment_book.delete(people.shop, "loyal", at=NOW, actor="staff:1")
    segment_book.delete(people.shop, "more", at=NOW, actor="staff:1")
    flow = Flow.objects.get(shop=people.shop, key="abandoned_checkout")
    assert flow.version is not None
    asked = {"filter": {"fact": "contact.segment", "op": "has", "value": "loyal"}}
    flow.version.definition = {**flow.version.definition, **asked}
    flow.version.digest = "filtered"
    flow.version.save()
    with pytest.raises(ConfigurationError, match="used by abandoned_checkout"):
        segment_book.delete(people.shop, "loyal", at=NOW, actor="staff:1")
    Flow.objects.update(mode="off")
    segment_book.delete(people.shop, "loyal", at=NOW, actor="staff:1")
    assert not Segment.objects.exists()
    told = AuditEntry.objects.filter(subject="segment:loyal").order_by("id").values_list("action", flat=True)
    assert list(told) == ["segment.saved", "segment.deleted"]


def test_a_changed_segment_begins_anew_and_a_new_name_changes_nothing(people: People) -> None:
    save(people, "loyal", LOYAL)
    Segment.objects.update(members_at=NOW, size=3)
    save(people, "loyal", LOYAL, name="Loyal people")
    assert Segment.objects.get().members_at == NOW
    save(people, "loyal", Not(part=LOYAL))
    assert (Segment.objects.get().members_at, Segment.objects.get().size) == (None, None)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "JSON object"),
        ({"fact": "contact.height", "op": "is"}, "no fact"),
        ({"fact": "contact.orders", "op": "has", "value": 1}, "cannot be compared"),
        ({"fact": "contact.gender", "op": "is", "value": "\0"}, "NUL"),
        ({"fact": "contact.last_order", "op": "within_days", "value": "1E30"}, "at most"),
    ],
)
def test_what_cannot_be_read_says_why(data: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        segment_book.read_condition(data)


def test_pages_follow_each_other_and_ask_one_query(people: People) -> None:
    ids = [people.person().pk for _ in range(5)]
    with CaptureQueriesContext(connection) as captured:
        first = segments.members(people.shop.pk, EVERYBODY, now=NOW, limit=3)
    assert len(captured) == 2
    assert first == ids[:3]
    assert segments.members(people.shop.pk, EVERYBODY, now=NOW, after_id=first[-1], limit=3) == ids[3:]


def test_a_count_that_takes_too_long_is_a_sample_s_and_says_so(people: People) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mailflow_contact (shop_id, email, user_ref, first_name, last_name, language, country, "
            "is_staff, first_seen_at, updated_at) SELECT %s, 'n' || n || '@example.com', '', '', '', 'de', '', false, "
            "now(), now() FROM generate_series(1, 20000) n",
            [people.shop.pk],
        )
        cursor.execute("SET LOCAL statement_timeout = 54321")
        assert segments.count(people.shop.pk, EVERYBODY, now=NOW) == segments.Count(number=20_000)
        quick = segments.count(people.shop.pk, EVERYBODY, now=NOW, patience_ms=1)
        assert not quick.exact
        assert 15_000 < quick.number < 25_000
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("54321ms",)


# The same of everybody, both ways.

LANGUAGES, TAGS, CURRENCIES = ["de", "en", "pl"], ["gold", "engaged"], ["EUR", "PLN"]
_TEXTS = {
    "contact.language": LANGUAGES,
    "contact.country": ["DE", "FR"],
    "contact.channel": ["c", "d"],
    "contact.gender": ["female"],
    "contact.attribute": ["blue", "red"],
    "contact.lifecycle": [str(stage) for stage in Profile.Lifecycle],
    "contact.tags": TAGS,
    "contact.segment": ["loyal", "gone"],
    "contact.products": ["p1", "p2"],
    "contact.categories": ["of-p1", "of-p2"],
}
_OF = {"contact.attribute": ["colour", "size"], "contact.spent": CURRENCIES, "contact.spent_12m": CURRENCIES}


def _value(kind: FactKind, fact: str) -> Any:
    if kind in {FactKind.NUMBER, FactKind.MONEY, FactKind.TIME}:
        return 3
    return None if kind is FactKind.FLAG else _TEXTS.get(fact, ["x"])[0]


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    fact = draw(st.sampled_from([fact for fact in FACTS if fact.startswith("contact.")]))
    op = draw(st.sampled_from(OPERATORS[FACTS[fact].kind]))
    of = draw(st.sampled_from(_OF.get(fact, [""])))
    if op in {"known", "unknown", "yes", "no"}:
        return Ask(fact=fact, op=op, of=of)
    if fact not in _TEXTS:
        numbers = st.one_of(
            st.integers(-3, 40),
            st.integers(-3, 500),
            st.sampled_from(["2.5", "0.0001", "1E+3", "50.0", "03", "3.0000001"]),
        )
        return Ask(fact=fact, op=op, value=draw(numbers), of=of)
    text = st.sampled_from([*_TEXTS[fact], "nothing"])
    return Ask(fact=fact, op=op, value=draw(st.lists(text, min_size=1, max_size=2) if op == "in" else text), of=of)


conditions = st.recursive(
    asks(),
    lambda part: st.one_of(
        st.lists(part, max_size=3).map(lambda parts: All(parts=tuple(parts))),
        st.lists(part, max_size=3).map(lambda parts: Some(parts=tuple(parts))),
        part.map(lambda one: Not(part=one)),
    ),
    max_leaves=6,
)


def _crowd(people: People) -> list[Contact]:
    """Return people of every sort: with and without a profile, an order, a word, a birthday."""
    choose = random.Random(5)
    crowd = []
    for number in range(40):
        born = date(2026, 11, 20) - timedelta(days=choose.choice([5000, 7305, 12000, 20000]))
        one = people.person(
            known=choose.choice([3, 40, 400]),
            language=choose.choice(["", *LANGUAGES]),
            country=choose.choice(["", "DE", "FR"]),
            gender=choose.choice(["", "female"]),
            user_ref=choose.choice(["", f"u{number}"]),
            score=choose.choice([0, 3, -1]),
            birthday=choose.choice([None, born]),
            attributes=choose.choice([{}, {"colour": "blue"}, {"colour": "", "size": "red"}]),
        )
        for _ in range(choose.choice([0, 0, 1, 3])):
            people.order(
                one, choose.choice([1, 20, 40, 500]), choose.choice([3, "50.125"]), channel=choose.choice("cd"),
                currency=choose.choice(CURRENCIES), status=choose.choice(["FULFILLED", "CANCELED"]),
                products=choose.choice([(), ("p1",), ("p1", "p2")]),
            )  # fmt: skip
        for _ in range(choose.choice([0, 1, 2])):
            expires = choose.choice([None, NOW - DAY, NOW + DAY])
            people.says(one, choose.choice(["granted", "withdrawn"]), choose.choice([3, 4]), expires_at=expires)
        for tag in TAGS[: choose.choice([0, 1, 2])]:
            ContactTag.objects.create(contact=one, tag=tag, at=NOW)
        crowd.append(one)
    people.reckon()
    Profile.objects.filter(contact__in=crowd[::2]).update(recency=5, frequency=3, monetary=1)
    Profile.objects.filter(contact__in=crowd[:4]).delete()
    return crowd


def test_sql_and_conditions_say_the_same_of_everybody(people: People) -> None:
    crowd = _crowd(people)
    save(people, "loyal", LOYAL)
    inside = [
        Person(enrollment_id=one.pk, contact_id=one.pk, basket_id=None, purchase_id=None, entered_at=NOW)
        for one in crowd
    ]

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(condition=conditions)
    def same(condition: Condition) -> None:
        facts = learn(people.shop.pk, frozenset(condition.asks()), inside, NOW)
        held = {one for one, known in facts.items() if condition.holds(known, NOW)}
        assert set(segments.members(people.shop.pk, condition, now=NOW)) == held

    same()
