"""Tell how one person goes through a flow, with time travel: the real engine and goals, scripted facts, no database.

``story(FLOW).on(checkout(total=120)).after("1h").sends("reminder").then(order()).exits("goal_reached")``

Part of the public API. Refuses to ask the gate: whether a mail may leave (consent, limits, hours) is not the flow's
business, and stories of that are told with ``testing.world``.

How this can fail, and who is hurt: it sends nothing. A story that holds here may still send less in a shop, because the
gate refuses; it never sends more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.durations import duration_words, read_duration
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import leave_reason, person_leaves
from saleor_mailflow.flows.reasons import Reason, sentence
from saleor_mailflow.flows.steps import Act, Coupon, Cursor, Go, Leave, Moment, Plan, Score, Sleep, Tag
from saleor_mailflow.flows.triggers import Happened, IdleBasket
from saleor_mailflow.testing.happenings import Happening, Life

#: A Tuesday morning on which nothing is special.
BEGIN = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
#: Reasons by which a flow reaches what it is for.
GOALS = frozenset({Reason.ORDERED, Reason.CLICKED, Reason.CAME_BACK})


@dataclass(kw_only=True)
class Story:
    """One person, one flow, and a clock that the story turns. Verbs return the story, or raise AssertionError."""

    flow: Flow
    life: Life
    began: datetime
    zone: str
    birthday: str
    seed: str
    cursor: Cursor | None = None
    entered_at: datetime | None = None
    entered_activity: int = 0
    due_at: datetime | None = None
    last_sent_at: datetime | None = None
    left: str = ""
    left_detail: Mapping[str, object] = field(default_factory=dict)
    refused: bool = False
    untold: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def on(self, happening: Happening) -> Self:
        """Begin with something that happens now, by which the person may cross into the flow. Facts come before it."""
        before = len(self.life.events)
        happening.happen(self.life)
        self._say(happening.word)
        trigger = self.flow.trigger
        if isinstance(trigger, IdleBasket):
            if self.life.basket is None:
                self._fail(f"the flow begins with a cart, and {happening.word} leaves none")
            return self._live_to(self.life.now)
        crossed = [names for _, kind, names in self.life.events[before:] if self._crosses(kind, names)]
        if not crossed:
            wanted = f"{trigger.event} {trigger.of}".strip() if isinstance(trigger, Happened) else trigger.type
            self._fail(f"the flow begins with {wanted}, which {happening.word} is not; begin with that, or with enters")
        self._enter(self.life.now)
        return self._live_to(self.life.now)

    def knowing(self, **facts: object) -> Self:
        """Let facts be so from now on, by their names with ``__`` for the dot: ``contact__orders=3``."""
        self.life.facts |= {name.replace("__", ".", 1): value for name, value in facts.items()}
        return self

    def after(self, duration: str | timedelta) -> Self:
        """Let time pass: ``"1h"``, ``"3d"``, or a timedelta; the flow does on the way what is due on the way."""
        passed = read_duration(duration) if isinstance(duration, str) else duration
        return self._live_to(self.life.now + passed)

    def then(self, happening: Happening) -> Self:
        """Let something happen now."""
        happening.happen(self.life)
        self._say(happening.word)
        self.due_at = self.life.now
        return self._live_to(self.life.now)

    def sends(self, *steps: str) -> Self:
        """Check that just these mails went out, in this order, since the story last spoke of mails."""
        if self.untold != list(steps):
            self._fail(f"{_named(steps)} should have been sent, and {_named(self.untold)} was")
        self.untold = []
        return self

    def sends_nothing(self) -> Self:
        """Check that no mail went out since the story last spoke of mails."""
        return self.sends()

    def stays(self) -> Self:
        """Check that the person is inside the flow."""
        if self.cursor is None or self.left:
            self._fail(f"the person should be inside the flow, and {self._where()}")
        return self

    def enters_not(self, reason: str = "") -> Self:
        """Check that the person did not enter, for ``reason`` where one is named."""
        if self.cursor is not None or (reason and reason != self.left):
            self._fail(f"the person should not have entered{f' ({reason})' if reason else ''}, and {self._where()}")
        return self

    def exits(self, reason: str) -> Self:
        """Check that the person left for a reason of ``flows.reasons``; ``goal_reached`` is any that is a goal."""
        fits = reason == self.left or (reason == "goal_reached" and self.left in GOALS)
        if not fits or self.refused:
            self._fail(f"the person should have left ({reason}), and {self._where()}")
        return self.sends_nothing()

    def _crosses(self, kind: str, names: frozenset[str]) -> bool:
        trigger = self.flow.trigger
        if kind == "enters":
            return True
        return (
            isinstance(trigger, Happened)
            and (f"{trigger.event}:{trigger.of}" if trigger.of else trigger.event) in names
        )

    def _enter(self, at: datetime) -> None:
        if self.flow.filter is not None and not self.flow.filter.holds(self.life.facts, at):
            self.refused, self.left = True, Reason.FILTERED
            return
        self.entered_at, self.life.entered = at, True
        self.entered_activity = self.life.basket.activity if self.life.basket else 0
        self.cursor, self.due_at = self.flow.begin(at), at

    def _live_to(self, target: datetime) -> Self:
        while (at := self._next()) is not None and at <= target:
            self.life.now = max(self.life.now, at)
            if self.cursor is None:
                self._cross()
            else:
                self._advance(self.cursor)
        self.life.now = target
        return self

    def _next(self) -> datetime | None:
        if self.left:
            return None
        if self.cursor is not None:
            return self.due_at
        trigger, basket = self.flow.trigger, self.life.basket
        if isinstance(trigger, IdleBasket) and basket is not None:
            return basket.active_at + trigger.after
        return None

    def _cross(self) -> None:
        basket = self.life.basket
        assert basket is not None
        reason, detail = leave_reason(basket, entered_activity=basket.activity)
        if reason:
            self.refused, self.left, self.left_detail = True, reason, detail
        else:
            self._enter(self.life.now)

    def _moment(self) -> Moment:
        assert self.entered_at is not None
        life = self.life
        if life.basket is not None:
            leave, detail = leave_reason(life.basket, entered_activity=self.entered_activity)
        else:
            marketing = self.flow.purpose == "marketing"
            leave, detail = person_leaves(life.facts_since, marketing=marketing, ends=self.flow.ends)
        happened: dict[str, tuple[datetime, ...]] = {}
        for at, _, names in life.events:
            for name in names if at >= self.entered_at else ():
                happened[name] = (*happened.get(name, ()), at)
        return Moment(
            now=life.now,
            entered_at=self.entered_at,
            active_at=life.basket.active_at if life.basket else self.entered_at,
            last_sent_at=self.last_sent_at,
            leave=leave,
            leave_detail=detail,
            facts=life.facts,
            happened=happened,
            zone=self.zone,
            dates={"birthday": self.birthday} if self.birthday else {},
            seed=self.seed,
        )

    def _advance(self, cursor: Cursor) -> None:
        for decision, after in run(self.flow, cursor, self._moment()):
            self.cursor = after
            match decision:
                case Sleep(until=until):
                    self.due_at = until
                case Plan(step=step, template=template, expires_at=expires_at):
                    self._mail(step, template, expires_at)
                    # What comes next may count from this mail, so it is looked at anew.
                    self.due_at = self.life.now
                    return
                case Act(step=step, what=what):
                    self._say(f"{what.type} {step}")
                    self._act(what)
                case Go(step=step, outcome=outcome):
                    self._say(f"{step}: {outcome}")
                case Leave(reason=reason, detail=detail):
                    self.left, self.left_detail = reason, detail
                    self._say(f"left: {reason}")

    def _mail(self, step: str, template: str, expires_at: datetime) -> None:
        if self.life.now > expires_at:
            self._say(f"{step} missed")
            return
        self.untold.append(step)
        self.last_sent_at = self.life.now
        self.life.mails[step] = template
        self.life.facts[f"mail.sent:{step}"] = True
        self._say(f"sent {step}")

    def _act(self, what: object) -> None:
        facts = self.life.facts
        match what:
            case Tag(add=add, remove=remove):
                tags = facts.get("contact.tags", ())
                assert isinstance(tags, tuple | list | set | frozenset)
                facts["contact.tags"] = tuple(sorted((set(tags) | set(add)) - set(remove)))
            case Score(points=points):
                score = facts.get("contact.score", 0)
                facts["contact.score"] = (score if isinstance(score, int) else 0) + points
            case Coupon():
                facts["coupon.minted"] = True

    def _say(self, what: str) -> None:
        self.log.append(
            f"{duration_words(self.life.now - self.began) if self.life.now > self.began else 'begin'}: {what}"
        )

    def _where(self) -> str:
        if self.left:
            how = "did not enter" if self.refused else "left"
            return f"{how}: {self.left} ({sentence(self.left, self.left_detail)})"
        if self.cursor is None:
            return "has not entered"
        return f"stands at {self.flow.step_at(self.cursor) or 'the end'}"

    def _fail(self, what: str) -> None:
        told = "; ".join(self.log) or "nothing"
        raise AssertionError(f"{self.flow.key}: {what}. So far: {told}.")


def story(flow: Flow, *, at: datetime = BEGIN, zone: str = "UTC", birthday: str = "", seed: str = "somebody") -> Story:
    """Begin a story of somebody and a flow. ``at`` is aware; ``birthday`` is ISO; ``seed`` decides at splits."""
    if at.tzinfo is None:
        raise ValueError("A story begins at an aware time, such as datetime(2026, 3, 3, 9, tzinfo=UTC).")
    return Story(flow=flow, life=Life(now=at), began=at, zone=zone, birthday=birthday, seed=seed)


def _named(steps: object) -> str:
    found = ", ".join(str(one) for one in steps) if isinstance(steps, list | tuple) else str(steps)
    return found or "nothing"
