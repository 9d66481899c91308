"""How long each kind of row is kept: defaults, what the merchant may change, and how low. Standard library only.

Refuses a time below what our own promises need: such a value becomes a sentence, and the default stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One kind of row. ``days`` counts from ``since``; None is for ever."""

    key: str
    #: What is kept.
    what: str
    days: int | None
    #: What the days count from.
    since: str = ""
    #: What becomes of it then.
    then: str = ""
    #: The fewest days a merchant may set, and what needs the rows for as long.
    floor: int = 0
    because: str = ""


POLICIES: tuple[Policy, ...] = (
    Policy(
        key="baskets",
        what="address, account and lines of baskets that nobody bought",
        days=90,
        since="the shopper's last activity",
        then="The row stays for statistics, without address, account, lines and voucher.",
        floor=30,
        because="the way back to a cart that stands in a mail works for 30 days",
    ),
    Policy(
        key="mail_bodies",
        what="subject and text of mails",
        days=90,
        since="the end of the message",
        then="The row stays in the ledger, without its text.",
        floor=7,
        because="the page of a message shows what was sent while questions come in",
    ),
    Policy(
        key="mail_links",
        what="where the links in mails lead",
        days=396,
        since="the end of the message",
        then="The links are forgotten. Unsubscribe links and preferences go on working: they hold what they need.",
        floor=60,
        because="the law lets people use the links in a mail for 60 days at least",
    ),
    Policy(
        key="decisions",
        what="step runs, refusals, occasions, notices, and what ended enrollments remembered",
        days=396,
        since="the end of the enrollment or notice, the refusal, or the occasion",
        then="Step runs, refusals, occasions and notices are deleted, enrollments stay for statistics without what "
        "they remembered.",
        floor=30,
        because="nobody enters a flow or gets its mail again within its own time, which looks back on them",
    ),
    Policy(
        key="delivery_events",
        what="what providers and links told of mails",
        days=396,
        since="receiving it",
        then="Deleted. Each message keeps when it was delivered, opened and clicked.",
        floor=30,
        because="soft bounces are counted over 14 days and complaints over 7, and providers repeat themselves for days",
    ),
    Policy(
        key="events",
        what="processed events, and those set aside as unreadable",
        days=30,
        since="processing it; for one set aside, recording it",
        then="Deleted, but for deletions of accounts: they keep whom the shop deleted from coming back.",
        floor=14,
        because="Saleor keeps webhooks for 14 days, and staff may send them again",
    ),
    Policy(
        key="sign_ups",
        what="sign-ups that nobody confirmed",
        days=7,
        since="the sign-up, once its link has expired",
        then="Deleted, and the contact with it where nothing else refers to it.",
        floor=1,
        because="the link in the mail has to work for a day",
    ),
    Policy(
        key="contacts",
        what="people with neither account, purchase, consent nor basket",
        days=396,
        since="the last word of the shop about them",
        then="Erased as if they had asked for it; deleted where nothing refers to them.",
        floor=90,
        because="mails that went to them have to be explained while people ask",
    ),
    Policy(
        key="farewells",
        what="who gave which reason for leaving",
        days=396,
        since="leaving",
        then="The reason stays for statistics, without the person.",
        floor=1,
    ),
    Policy(
        key="throttles",
        what="counters against abuse, and what the last test mail came to",
        days=1,
        since="the start of their window",
        then="Deleted.",
        floor=1,
        because="their windows are up to a day long",
    ),
    Policy(
        key="audit",
        what="who changed what",
        days=730,
        since="the change",
        then="Deleted.",
        floor=90,
        because="a change and its consequences are seen together",
    ),
    Policy(key="consents", what="consent with its wording: proof", days=None),
    Policy(key="suppressions", what="suppressions, as keyed hashes: proof of the wish to be left alone", days=None),
    Policy(key="purchases", what="purchases and their lines; of somebody erased without a name", days=None),
    Policy(key="ledger", what="messages and enrollments without texts: what was sent, when and why", days=None),
)

_BY_KEY: Mapping[str, Policy] = {policy.key: policy for policy in POLICIES}


def read_retention(lines: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """Return ({policy: days}, sentences on what is wrong) for the merchant's ``policy = days`` lines.

    Every policy with an end is in the answer: with its default where nothing usable was set.
    """
    days = {policy.key: policy.days for policy in POLICIES if policy.days is not None}
    wrong: list[str] = []
    for key, text in lines.items():
        policy = _BY_KEY.get(key)
        if policy is None:
            wrong.append(f"There is no retention of {key!r}; known are {', '.join(days)}.")
        elif policy.days is None:
            wrong.append(f"The retention of {key} cannot be set: it is kept for ever ({policy.what}).")
        elif not text.isascii() or not text.isdigit():
            wrong.append(f"The retention of {key} is {text!r}; write a number of days, such as {policy.days}.")
        elif int(text) < policy.floor:
            reason = f", because {policy.because}" if policy.because else ""
            wrong.append(
                f"The retention of {key} is {int(text)} days, which is too short: {policy.floor} at least{reason}. "
                f"It stays at {policy.days}."
            )
        else:
            days[key] = min(int(text), 36_500)
    return days, wrong
