"""Drafts, versions and those who are inside: first what is refused, then what becomes of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from saleor_mailflow.exceptions import ConfigurationError, Conflict, Unfinished
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.drafts import LARGEST_BYTES, begin_draft, discard_draft, draft_of, save_draft
from saleor_mailflow.flows.move import move_people
from saleor_mailflow.flows.publish import bring_back, publish, retire, roll_back, set_mode
from saleor_mailflow.flows.publish_draft import people_in, publish_draft, review_draft
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.steps import Anchor, Cursor, Step, Wait
from saleor_mailflow.models import AuditEntry, Contact, Enrollment, Flow, FlowDraft, FlowVersion, Message, Shop, StepRun
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.world import START, World
from tests.cart_flow import CART, LAST_CALL, REMINDER, WAIT

pytestmark = pytest.mark.django_db

KEY = CART.key
EVA, TOM = {"actor": "staff:1", "at": START}, {"actor": "staff:2", "at": START + timedelta(minutes=5)}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def flow(*steps: Step, **more: Any) -> Definition:
    return replace(CART, steps=steps, **more)


@pytest.fixture
def world() -> World:
    return World.begin()


@pytest.fixture
def shop(world: World) -> Shop:
    publish(world.shop, CART, **EVA)
    set_mode(world.shop, KEY, "live", **EVA)
    return world.shop


def inside(shop: Shop, step: str, number: int = 1, *, ready_at: datetime = START, **more: Any) -> list[Enrollment]:
    """Put people into the live version, at a step."""
    there = Flow.objects.select_related("version").get(shop=shop, key=KEY)
    assert there.version is not None
    found = []
    for _ in range(number):
        who = Contact.objects.create(
            shop=shop, email=f"p{Contact.objects.count()}@x.example", first_seen_at=START, updated_at=START
        )
        found.append(
            Enrollment.objects.create(
                shop=shop,
                flow=there,
                version=there.version,
                contact=who,
                key=f"test:{who.pk}",
                cursor=Cursor(index=0, ready_at=ready_at, at=step).to_json(),
                context={},
                entered_at=START,
                **{"due_at": START + 30 * DAY, **more},
            )
        )
    return found


def ran(person: Enrollment, **outcomes: str) -> None:
    for step, outcome in outcomes.items():
        StepRun.objects.create(enrollment=person, step=step, outcome=outcome, at=START)


def stands(person: Enrollment) -> str:
    person.refresh_from_db()
    return str(person.cursor["at"])


class TestDrafts:
    def test_who_saves_an_older_revision_is_told_who_was_first_and_loses_nothing(self, shop: Shop) -> None:
        draft = begin_draft(shop, KEY, **EVA)
        save_draft(shop, KEY, {**draft.definition, "name": "Eva's"}, revision=draft.revision, **EVA)
        with pytest.raises(Conflict, match=r"staff:1 saved revision 2 .* yours is 1"):
            save_draft(shop, KEY, {**draft.definition, "name": "Tom's"}, revision=draft.revision, **TOM)
        assert draft_of(shop, KEY).definition["name"] == "Eva's"

    def test_what_is_not_finished_is_kept_and_told_and_not_published(self, shop: Shop) -> None:
        draft = begin_draft(shop, KEY, **EVA)
        unfinished = {**draft.definition, "steps": [{"id": "mail", "type": "send"}]}
        save_draft(shop, KEY, unfinished, revision=1, **EVA)
        review = review_draft(shop, KEY)
        assert [finding.text for finding in review.findings] == [
            "Step 'mail' (send) has no 'template' yet; fill it in."
        ]
        assert not review.publishable
        with pytest.raises(Unfinished, match="has no 'template' yet") as refused:
            publish_draft(shop, KEY, **EVA)
        assert refused.value.findings == review.findings
        assert FlowVersion.objects.filter(shop=shop, flow_key=KEY).count() == 1
        assert FlowDraft.objects.filter(shop=shop).exists()

    def test_errors_are_refused_and_warnings_are_handed_on(self, shop: Shop) -> None:
        unknown = flow(replace(REMINDER, template="nowhere/nothing"))
        save_draft(shop, KEY, unknown.to_json(), revision=begin_draft(shop, KEY, **EVA).revision, **EVA)
        with pytest.raises(Unfinished, match="no template 'nowhere/nothing'"):
            publish_draft(shop, KEY, **EVA)
        save_draft(shop, KEY, flow(REMINDER, LAST_CALL).to_json(), revision=2, **EVA)
        assert [finding.code for finding in publish_draft(shop, KEY, **EVA).warnings] == ["two_mails"]

    def test_a_draft_begun_before_somebody_else_published_is_not_published_over_it(self, shop: Shop) -> None:
        begin_draft(shop, KEY, **EVA)
        publish(shop, replace(CART, name="Tom's"), **TOM)
        assert "staff:2 published version 2" in review_draft(shop, KEY).conflict
        with pytest.raises(Conflict, match="staff:2 published version 2"):
            publish_draft(shop, KEY, **EVA)

    def test_only_the_revision_that_was_looked_at_is_published(self, shop: Shop) -> None:
        draft = begin_draft(shop, KEY, **EVA)
        save_draft(shop, KEY, {**draft.definition, "name": "Later"}, revision=1, **TOM)
        with pytest.raises(Conflict, match="staff:2 saved revision 2"):
            publish_draft(shop, KEY, revision=1, **EVA)

    def test_there_is_one_draft_and_another_beginning_asks_first(self, shop: Shop) -> None:
        assert begin_draft(shop, KEY, **EVA).pk == begin_draft(shop, KEY, **TOM).pk
        with pytest.raises(Conflict, match="draft by staff:1"):
            begin_draft(shop, KEY, catalogue=True, **TOM)
        discard_draft(shop, KEY, **TOM)
        key, prebuilt = next(iter(CATALOG.items()))
        publish(shop, replace(prebuilt, name="Mine"), **EVA)
        assert begin_draft(shop, key, catalogue=True, **TOM).definition["name"] == prebuilt.name

    def test_a_flow_of_ones_own_is_begun_from_nothing(self, shop: Shop) -> None:
        with pytest.raises(ConfigurationError, match="no flow 'mine' to begin with"):
            begin_draft(shop, "mine", **EVA)
        mine = replace(CART, key="mine")
        begin_draft(shop, "mine", definition=mine.to_json(), **EVA)
        assert publish_draft(shop, "mine", note="first", **EVA).version.number == 1
        version = FlowVersion.objects.get(shop=shop, flow_key="mine")
        assert (version.published_by, version.note) == ("staff:1", "first")
        assert set_mode(shop, "mine", "live", **EVA).mode == "live"

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"key": "other"}, "is of flow 'other'"),
            ({"name": "x" * LARGEST_BYTES}, "bytes"),
            ({"priority": float("nan")}, "no JSON"),
        ],
    )
    def test_what_no_draft_can_hold_is_refused(self, shop: Shop, more: Mapping[str, Any], said: str) -> None:
        draft = begin_draft(shop, KEY, **EVA)
        with pytest.raises(ConfigurationError, match=said):
            save_draft(shop, KEY, {**draft.definition, **more}, revision=1, **EVA)


class TestPublishing:
    def test_it_says_what_changes_and_for_how_many_who_stand_there(self, shop: Shop) -> None:
        inside(shop, "until_next_day", 3)
        older = inside(shop, "reminder")[0]
        Enrollment.objects.filter(pk=older.pk).update(cursor={"index": 1, "ready_at": START.isoformat()})
        inside(shop, "last_call", 2)
        assert people_in(shop, KEY) == {"until_next_day": 4, "last_call": 2}
        draft = begin_draft(shop, KEY, **EVA)
        longer = flow(REMINDER, replace(WAIT, duration=36 * HOUR), LAST_CALL)
        save_draft(shop, KEY, longer.to_json(), revision=draft.revision, **EVA)
        review = review_draft(shop, KEY)
        assert [change.text for change in review.changes] == ["wait until_next_day: duration 24 h -> 36 h"]
        assert review.people == {"until_next_day": 4}
        assert review.publishable
        published = publish_draft(shop, KEY, **EVA)
        assert (published.version.number, published.people) == (2, review.people)
        assert not FlowDraft.objects.filter(shop=shop).exists()
        assert not Enrollment.objects.filter(version=published.version).exists(), "nobody is moved unasked"

    def test_rolling_back_publishes_the_earlier_one_as_a_new_version(self, shop: Shop) -> None:
        publish(shop, replace(CART, name="Second"), **EVA)
        back = roll_back(shop, KEY, 1, **TOM)
        assert (back.number, back.definition["name"], back.published_by) == (3, CART.name, "staff:2")
        assert back.note == "Back to version 1."
        with pytest.raises(ConfigurationError, match=r"no version 9; it has 1, 2, 3"):
            roll_back(shop, KEY, 9, **TOM)

    def test_a_retired_flow_is_not_switched_on_and_comes_back_as_it_was(self, shop: Shop) -> None:
        retire(shop, KEY, **EVA)
        with pytest.raises(ConfigurationError, match="retired on 20 November 2026"):
            set_mode(shop, KEY, "shadow", **EVA)
        back = bring_back(shop, KEY, **TOM)
        assert (back.retired_at, back.mode, back.enabled_at) == (None, "live", TOM["at"])
        actions = AuditEntry.objects.filter(subject=f"flow:{KEY}").values_list("action", flat=True)
        assert {"flow.retired", "flow.brought_back"} <= set(actions)

    def test_who_is_inside_a_retired_flow_goes_on_to_the_end_and_nobody_enters(self, world: World, shop: Shop) -> None:
        set_mode(shop, "abandoned_checkout", "off", **EVA)
        world.people.checkout(START, email="anna@example.com")
        world.after(hours=2)
        retire(shop, KEY, actor="staff:1", at=world.now)
        world.people.checkout(world.now, email="tom@example.com")
        world.after(days=3)
        assert [(email, step) for email, step, _ in world.sent()] == [
            ("anna@example.com", "reminder"),
            ("anna@example.com", "last_call"),
        ]

    def test_a_flow_that_another_package_brings_is_looked_through_when_it_is_switched_on(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = flow(replace(REMINDER, template="theirs/nothing"), key="theirs")
        monkeypatch.setitem(CATALOG, "theirs", theirs)  # type: ignore[arg-type]  # it is a dict that nobody may change
        with pytest.raises(Unfinished, match="no template 'theirs/nothing'"):
            set_mode(shop, "theirs", "shadow", **EVA)
        assert not Flow.objects.filter(shop=shop, key="theirs").exists()

    def test_a_channel_has_a_mode_of_its_own_until_it_is_given_back(self, shop: Shop) -> None:
        assert set_mode(shop, KEY, "off", channel="de", **EVA).channels == {"de": "off"}
        assert set_mode(shop, KEY, "", channel="de", **EVA).channels == {}
        set_mode(shop, KEY, "off", **EVA)
        with pytest.raises(ConfigurationError, match="off as a whole"):
            set_mode(shop, KEY, "live", channel="de", **EVA)


class TestMoving:
    def move(self, shop: Shop, to: Definition, **more: Any) -> Any:
        publish(shop, to, **EVA)
        return move_people(shop, KEY, **{**TOM, **more})

    def test_who_stands_at_a_step_that_is_still_there_stays_and_nothing_else_changes(self, shop: Shop) -> None:
        person = inside(shop, "until_next_day")[0]
        moved = self.move(shop, flow(REMINDER, WAIT, Wait(id="more", duration=HOUR), LAST_CALL))
        assert (moved.people, moved.stayed, moved.went) == (1, 1, {})
        due = person.due_at
        assert stands(person) == "until_next_day"
        assert (person.version.number, person.due_at, person.cursor["ready_at"]) == (2, due, START.isoformat())

    def test_the_number_of_a_step_is_reckoned_anew(self, shop: Shop) -> None:
        person = inside(shop, "until_next_day")[0]
        self.move(shop, flow(Wait(id="first", duration=HOUR), REMINDER, WAIT, LAST_CALL))
        assert stands(person) == "until_next_day"
        assert person.cursor["index"] == 2

    def test_who_stands_at_a_step_that_is_gone_goes_to_the_next_one_that_is_left(self, shop: Shop) -> None:
        person = inside(shop, "until_next_day", ready_at=START - 9 * DAY)[0]
        moved = self.move(shop, flow(REMINDER, LAST_CALL))
        assert moved.went == {("until_next_day", "last_call"): 1}
        assert stands(person) == "last_call"
        # Not late at once, though they waited for days, and not asleep until a timer of a step that is gone.
        assert (person.cursor["ready_at"], person.due_at) == (TOM["at"].isoformat(), TOM["at"])

    def test_or_where_the_caller_says_be_it_the_end(self, shop: Shop) -> None:
        first, second = inside(shop, "until_next_day", 2)
        self.move(shop, flow(REMINDER, LAST_CALL), steps={"until_next_day": ""})
        assert (stands(first), stands(second)) == ("", "")
        with pytest.raises(ConfigurationError, match="no step 'nowhere'; it has reminder, last_call"):
            move_people(shop, KEY, steps={"until_next_day": "nowhere"}, **TOM)

    def test_nobody_comes_to_a_step_again_that_they_have_behind_them(self, shop: Shop) -> None:
        person = inside(shop, "until_next_day")[0]
        ran(person, reminder="planned")
        self.move(shop, flow(LAST_CALL, REMINDER, Wait(id="rest", duration=DAY)), steps={"until_next_day": "reminder"})
        assert stands(person) == "rest"

    def test_a_wait_that_became_shorter_than_they_waited_is_over_now_and_not_long_ago(self, shop: Shop) -> None:
        long = flow(REMINDER, Wait(id="pause", duration=30 * DAY, since=Anchor.STEP), LAST_CALL)
        publish(shop, long, **EVA)
        person = inside(shop, "pause", ready_at=START - 20 * DAY)[0]
        self.move(shop, flow(REMINDER, Wait(id="pause", duration=DAY, since=Anchor.STEP), LAST_CALL))
        assert stands(person) == "pause"
        assert datetime.fromisoformat(person.cursor["ready_at"]) + DAY == TOM["at"]
        assert person.due_at == TOM["at"]

    def test_a_worker_that_decides_meanwhile_writes_nothing(self, shop: Shop) -> None:
        person = inside(shop, "until_next_day", lease_until=START + HOUR, fence=7)[0]
        self.move(shop, flow(REMINDER, LAST_CALL))
        person.refresh_from_db()
        assert (person.fence, person.lease_until) == (8, None)

    def test_what_a_worker_decided_by_the_old_version_is_not_written(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = inside(shop, "last_call", due_at=START)[0]
        publish(shop, flow(REMINDER, WAIT), **EVA)
        moves = iter([lambda: move_people(shop, KEY, steps={"last_call": "until_next_day"}, **TOM)])

        def reach(name: str, about: str = "") -> None:
            if name == "runner.claimed" and (move := next(moves, None)):
                monkeypatch.undo()
                move()

        monkeypatch.setattr("saleor_mailflow.failpoints.reach", reach)
        run_due(shop.pk, now=START, gateway=MemoryShop())
        assert stands(person) == "until_next_day"
        assert not Message.objects.exists()
        assert not StepRun.objects.exists()

    def test_who_has_left_is_left_alone_and_a_second_call_moves_nobody(self, shop: Shop) -> None:
        gone = inside(shop, "until_next_day", state="ended", ended_at=START, due_at=None, exit_reason="ordered")[0]
        inside(shop, "until_next_day", 2)
        assert self.move(shop, flow(REMINDER, LAST_CALL)).people == 2
        assert move_people(shop, KEY, **TOM).people == 0
        gone.refresh_from_db()
        assert gone.version.number == 1

    def test_it_is_written_down_who_moved_whom_where(self, shop: Shop) -> None:
        inside(shop, "until_next_day", 2)
        self.move(shop, flow(REMINDER, LAST_CALL))
        entry = AuditEntry.objects.get(action="flow.people_moved")
        assert (entry.actor, entry.subject) == ("staff:2", f"flow:{KEY}")
        assert entry.after == {
            "version": 2,
            "people": 2,
            "stayed": 0,
            "went": [{"from": "until_next_day", "to": "last_call", "people": 2}],
        }

    def test_so_many_at_a_time_and_a_batch_is_undone_as_a_whole(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("saleor_mailflow.flows.move.BATCH", 2)
        inside(shop, "until_next_day", 5)
        publish(shop, flow(REMINDER, LAST_CALL), **EVA)
        assert move_people(shop, KEY, most=3, **TOM).people == 4
        monkeypatch.setattr("saleor_mailflow.flows.move.failpoints.reach", lambda name: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            move_people(shop, KEY, **TOM)
        monkeypatch.undo()
        assert people_in(shop, KEY) == {"last_call": 4, "until_next_day": 1}
        assert move_people(shop, KEY, **TOM).people == 1

    def test_the_statements_do_not_grow_with_the_people(self, shop: Shop, django_assert_max_num_queries: Any) -> None:
        inside(shop, "until_next_day", 30)
        publish(shop, flow(REMINDER, LAST_CALL), **EVA)
        with django_assert_max_num_queries(16):
            move_people(shop, KEY, **TOM)


def test_a_person_inside_goes_on_in_the_new_version_and_gets_each_mail_once(world: World, shop: Shop) -> None:
    set_mode(shop, "abandoned_checkout", "off", **EVA)
    world.people.checkout(START)
    world.after(hours=2)
    assert [step for _, step, _ in world.sent()] == ["reminder"]
    publish(shop, flow(REMINDER, replace(LAST_CALL, id="another")), **EVA)
    move_people(shop, KEY, actor="staff:1", at=world.now)
    world.after(days=3)
    assert [step for _, step, _ in world.sent()] == ["reminder", "another"]
    assert world.exits() == ["completed"]
