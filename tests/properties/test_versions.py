"""Random edits, publishing, moves, roll-backs, events, crashes and time: nobody lost, nobody doubled.

Nobody is lost: everybody who entered stands at a step that their version has, with a timer, or left with a reason.
Nobody is doubled: no step is run twice, no action done twice, no mail planned twice, and what was decided stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from django.db import connection, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audience.occasions import Note, note
from saleor_mailflow.failpoints import FailpointReached
from saleor_mailflow.flows.entering import begin
from saleor_mailflow.flows.move import move_people
from saleor_mailflow.flows.publish import bring_back, publish, retire, roll_back, set_mode
from saleor_mailflow.flows.publish_draft import people_in
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.models import Contact, Enrollment, Flow, FlowVersion, Message, Shop, StepRun
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.world import START
from tests.properties import proof
from tests.properties.edits import edited, first

pytestmark = pytest.mark.django_db

KEY, WHO = "edited", "staff:1"
DEEDS = 60
#: Longer than anything that a flow here may wait for, step after step.
LONG_AFTER = timedelta(days=200)


class Life:
    """A shop with one flow that somebody edits all the time, and the people inside it."""

    def __init__(self, seed: int) -> None:
        self.chance, self.now = Random(seed), START
        self.shop = Shop.objects.create(domain=f"edits-{seed}.example", api_url="https://x.example/", road="app")
        self.gateway, self.ids = MemoryShop(), count(1)
        self.entered, self.moves, self.crashes = 0, 0, 0
        self.decided: dict[tuple[int, str], str] = {}
        publish(self.shop, first(), at=self.now)
        set_mode(self.shop, KEY, "live", at=self.now)

    @property
    def flow(self) -> Flow:
        return Flow.objects.select_related("version").get(shop=self.shop, key=KEY)

    def live(self, deeds: int) -> None:
        """Do so many things, each followed by a look at everybody."""
        todo = [self.enter, self.enter, self.edit, self.edit, self.move, self.wait, self.wait, self.ring, self.back]
        todo.append(self.meanwhile)
        for _ in range(deeds):
            deed = self.chance.choice([*todo, self.retire])
            with self.perhaps_dying():
                deed()
            self.look()
        bring_back(self.shop, KEY, actor=WHO, at=self.now)
        until = self.now + LONG_AFTER
        while self.now < until and Enrollment.objects.filter(shop=self.shop, state="active").exists():
            self.now += timedelta(days=2)
            run_due(self.shop.pk, now=self.now, gateway=self.gateway)
        self.look()

    @contextmanager
    def perhaps_dying(self) -> Iterator[None]:
        """Let the process die at one of its boundaries, now and then; what was not committed is undone."""
        left = self.chance.choice([0, 0, 0, 1, 2, 3])

        def reach(name: str, about: str = "") -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise FailpointReached(name)

        kept, failpoints.reach = failpoints.reach, reach
        try:
            yield
        except FailpointReached:
            self.crashes += 1
            # Its lease runs out, by a clock that this test does not turn.
            Enrollment.objects.filter(shop=self.shop, state="active").update(lease_until=None)
        finally:
            failpoints.reach = kept

    def enter(self) -> None:
        number = Contact.objects.filter(shop=self.shop).count()
        who = Contact.objects.create(
            shop=self.shop, email=f"p{number}@x.example", first_seen_at=self.now, updated_at=self.now
        )
        said = begin(self.shop.pk, KEY, who.pk, key=f"test:{who.pk}", now=self.now, gateway=self.gateway)
        assert said == "" or self.flow.retired_at is not None, said
        self.entered += said == ""

    def edit(self) -> None:
        version = self.flow.version
        assert version is not None
        definition = definition_of(version.pk, version.digest)
        with transaction.atomic():
            publish(self.shop, edited(definition, self.chance, lambda: f"s{next(self.ids)}"), at=self.now, actor=WHO)

    def back(self) -> None:
        numbers = list(FlowVersion.objects.filter(shop=self.shop, flow_key=KEY).values_list("number", flat=True))
        with transaction.atomic():
            roll_back(self.shop, KEY, self.chance.choice(numbers), actor=WHO, at=self.now)

    def move(self) -> None:
        version = self.flow.version
        assert version is not None
        there = [*definition_of(version.pk, version.digest).places, ""]
        steps = {step: self.chance.choice(there) for step in people_in(self.shop, KEY) if self.chance.random() < 0.3}
        before = Enrollment.objects.filter(shop=self.shop).count()
        moved = move_people(self.shop, KEY, steps=steps, actor=WHO, at=self.now)
        self.moves += moved.people
        assert Enrollment.objects.filter(shop=self.shop).count() == before

    def wait(self) -> None:
        self.now += timedelta(hours=self.chance.choice([0, 1, 5, 30]))
        run_due(self.shop.pk, now=self.now, gateway=self.gateway)

    def meanwhile(self) -> None:
        """Edit and move people while a worker decides about them: it began with an older version."""
        kept, done = failpoints.reach, False

        def reach(name: str, about: str = "") -> None:
            nonlocal done
            kept(name, about)
            if name == "runner.claimed" and not done:
                done = True
                self.edit()
                self.move()

        failpoints.reach = reach
        try:
            self.wait()
        finally:
            failpoints.reach = kept

    def ring(self) -> None:
        """Let something happen that steps wait for."""
        whom = list(Contact.objects.filter(shop=self.shop).order_by("id").values_list("id", flat=True))
        if not whom:
            return
        one = self.chance.choice(whom)
        key = f"custom:{one}:{self.now.isoformat()}"
        note(self.shop.pk, [Note(contact_id=one, kind="custom", of="rang", key=key, at=self.now)], learned_at=self.now)
        wake(self.now, contact_ids=[one])

    def retire(self) -> None:
        deed = retire if self.flow.retired_at is None else bring_back
        deed(self.shop, KEY, actor=WHO, at=self.now)

    def look(self) -> None:
        """Hold everybody against what must be so at any time."""
        people = list(Enrollment.objects.filter(shop=self.shop).select_related("version", "contact"))
        assert len(people) == self.entered, "somebody was lost or entered twice"
        for one in people:
            there = definition_of(one.version.pk, one.version.digest)
            if one.state == "active":
                assert one.due_at is not None
                at = one.cursor["at"]
                assert at == "" or there.places[at].index == one.cursor["index"], f"{at} is not in {list(there.places)}"
            else:
                # On whom three workers died is set aside, and said to be; nobody for what an edit did to them.
                died = one.exit_reason == "parked" and "error" not in one.context["exit"]
                assert died or one.exit_reason in {"completed", "step"}, (one.exit_reason, one.context)
        runs = {(r.enrollment_id, r.step): r for r in StepRun.objects.filter(enrollment__shop=self.shop)}
        for key, outcome in self.decided.items():
            assert runs[key].outcome == outcome, f"{key} was decided again"
        self.decided = {key: run.outcome for key, run in runs.items()}
        scored = {one.contact_id: 0 for one in people}
        whose = {one.pk: one.contact_id for one in people}
        for (enrollment, _), run in runs.items():
            scored[whose[enrollment]] += run.detail.get("points", 0)
        assert {one.contact_id: one.contact.score for one in people} == scored, "points were given twice or not at all"
        planned = {key for key, run in runs.items() if run.outcome == "planned"}
        assert sorted(planned) == sorted(Message.objects.filter(shop=self.shop).values_list("enrollment_id", "step"))


def test_whatever_is_edited_published_moved_and_undone_nobody_is_lost_and_nobody_doubled() -> None:
    lives = max(6, proof.FULL // 50)
    with proof.prove(
        "versions: edits, publishing, moves, roll-backs, events, crashes, time; nobody lost, nobody doubled",
        goal="0 lost, 0 steps, actions or mails twice",
        on="PostgreSQL, one connection, the real runner",
        unit="lives",
        seed=proof.SEED,
    ) as row:
        people = moves = crashes = 0
        for number in range(lives):
            life = Life(proof.SEED + number)
            life.live(DEEDS)
            assert not Enrollment.objects.filter(shop=life.shop, state="active").exists(), "somebody stays for ever"
            people, moves, crashes = people + life.entered, moves + life.moves, crashes + life.crashes
        row.cases = lives
        # Else it would have proved nothing.
        assert people > lives
        assert moves > lives
        assert crashes > lives
        row.result = f"held; {people:,} people, {moves:,} moved, {crashes:,} crashes"
        assert connection.in_atomic_block
