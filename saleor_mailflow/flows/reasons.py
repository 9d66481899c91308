"""Every reason the product gives, and the sentence a merchant reads for it. Standard library only.

Refuses to be terse: a reason without a sentence does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why somebody left a flow, did not enter it, or did not get a mail."""

    #: Every step was taken.
    COMPLETED = "completed"
    #: The goal was reached: they bought.
    ORDERED = "ordered"
    #: An order of theirs is still under way.
    OPEN_ORDER = "open_order"
    #: The order the flow is about was refunded.
    REFUNDED = "refunded"
    #: The order the flow is about was cancelled.
    CANCELLED = "cancelled"
    #: Something of the order came back.
    RETURNED = "returned"
    #: They filled a cart since: they are back by themselves.
    CAME_BACK = "came_back"
    #: They clicked in a mail of the flow, which is all it wanted.
    CLICKED = "clicked"
    #: Once is enough, and they were in this flow before.
    ENTERED_BEFORE = "entered_before"
    #: They do not match the flow's filter.
    FILTERED = "filtered"
    #: The flow takes nobody in on this day.
    OUT_OF_SEASON = "out_of_season"
    #: The flow is off for this channel.
    CHANNEL_OFF = "channel_off"
    #: Taken out by hand.
    TAKEN_OUT = "taken_out"
    #: The shopper took everything out of the cart.
    EMPTIED = "emptied"
    #: The shop no longer has the checkout.
    GONE = "gone"
    #: The shopper came back to the cart; the waiting starts anew.
    ACTIVITY = "activity"
    #: The same person left a newer cart.
    NEWER_BASKET = "newer_basket"
    #: The person said no to mail.
    UNSUBSCRIBED = "unsubscribed"
    #: The mailbox does not exist.
    BOUNCED = "bounced"
    #: The person called our mail spam.
    COMPLAINED = "complained"
    #: The merchant put the address on the list.
    SUPPRESSED = "suppressed"
    #: The account was deleted.
    ERASED = "erased"
    #: People who work in the shop get no such mail.
    STAFF = "staff"
    #: One sequence a person a week.
    RECENT = "recent"
    #: The shop told us of the cart long after it was left.
    OLD_NEWS = "old_news"
    #: The address is not one.
    BAD_ADDRESS = "bad_address"
    #: This very mail went to this person days ago.
    ALREADY_SENT = "already_sent"
    #: The checkout is paid and waits to become an order.
    PAID = "paid"
    #: The full amount is reserved.
    AUTHORIZED = "authorized"
    #: A payment is under way.
    PAYMENT_PENDING = "payment_pending"
    #: The shop is turning the checkout into an order this moment.
    COMPLETING = "completing"
    #: Nothing that is in the cart can be bought any more.
    NOTHING_LEFT = "nothing_left"
    #: Nobody said yes, and the law asks for it.
    NO_CONSENT = "no_consent"
    #: The person took a yes back, in the shop.
    CONSENT_WITHDRAWN = "consent_withdrawn"
    #: Mail is for customers here, and this person has not bought yet.
    NOT_A_CUSTOMER = "not_a_customer"
    #: The yes has run out, as the law lets it.
    CONSENT_EXPIRED = "consent_expired"
    #: The person asked for some weeks without mail.
    PERSON_PAUSED = "person_paused"
    #: The shop's own limit of promotional mail is reached.
    LIMITED = "limited"
    #: The person asked for less mail than the shop sends.
    OWN_LIMIT = "own_limit"
    #: Another flow of higher order wants the same person now.
    OUTRANKED = "outranked"
    #: Promotional mail does not come at night, or on a day that the shop leaves free.
    QUIET_HOURS = "quiet_hours"
    #: Something about an order is wrong: this is no time for promotion.
    TROUBLE = "trouble"
    #: Too many people called this flow's mail spam.
    FLOW_STOPPED = "flow_stopped"
    #: Too late for this mail to be welcome.
    LATE = "late"
    #: The flow was switched off.
    FLOW_OFF = "flow_off"
    #: The merchant paused all mail.
    PAUSED = "paused"
    #: An environment switch turned everything off.
    DISABLED = "disabled"
    #: This database belongs to another address.
    COPY = "copy"
    #: No sender is set.
    NO_SENDER = "no_sender"
    #: No postal address is set.
    NO_POSTAL_ADDRESS = "no_postal_address"
    #: No provider is set, or not completely.
    NO_PROVIDER = "no_provider"
    #: No storefront link is set for the channel.
    NO_STOREFRONT_LINK = "no_storefront_link"
    #: Shadow mode: everything but the hand-off.
    SHADOW = "shadow"
    #: The template could not be rendered.
    TEMPLATE = "template"
    #: The provider refused it for good.
    REFUSED = "refused"
    #: The provider could not take it for too long.
    GAVE_UP = "gave_up"
    #: The worker or the line died in the hand-off.
    UNKNOWN = "unknown"
    #: Three workers died while they held it.
    PARKED = "parked"
    #: The flow ended because its step asked for it.
    STEP = "step"


_SENTENCES: Mapping[Reason, str] = {
    Reason.COMPLETED: "Every step of the flow was taken.",
    Reason.ORDERED: "They bought: order {order}.",
    Reason.OPEN_ORDER: "Order {order} is still under way: this is no time to miss them.",
    Reason.REFUNDED: "Order {order} was refunded.",
    Reason.CANCELLED: "Order {order} was cancelled.",
    Reason.RETURNED: "Something of order {order} came back.",
    Reason.CAME_BACK: "They filled a cart at {at}: they are back by themselves.",
    Reason.CLICKED: "They clicked in a mail of this flow at {at}.",
    Reason.ENTERED_BEFORE: "They were in this flow before, on {at}; once is enough.",
    Reason.FILTERED: "They do not match the flow's filter: {asked}.",
    Reason.OUT_OF_SEASON: "The flow takes people in {when} only.",
    Reason.CHANNEL_OFF: "The flow is switched off for channel {channel}.",
    Reason.TAKEN_OUT: "Taken out of the flow by {actor}.",
    Reason.EMPTIED: "They took everything out of the cart.",
    Reason.GONE: "The shop no longer has this cart.",
    Reason.ACTIVITY: "They came back to the cart at {at}; the waiting starts anew.",
    Reason.NEWER_BASKET: "They left a newer cart; only the newest one is written about.",
    Reason.UNSUBSCRIBED: "This contact unsubscribed on {at}.",
    Reason.BOUNCED: "Mail to this address was returned on {at}: the mailbox does not exist.",
    Reason.COMPLAINED: "This contact called our mail spam on {at}.",
    Reason.SUPPRESSED: "This address was put on the suppression list on {at}.",
    Reason.ERASED: "The account was deleted in the shop and its data erased here.",
    Reason.STAFF: "This is a member of the shop's staff.",
    Reason.RECENT: "They got this sequence on {at}; one in {days} days is enough.",
    Reason.OLD_NEWS: "This cart was left on {left} and came up on {now} only: too late to begin.",
    Reason.BAD_ADDRESS: "The cart's email address is not a valid one.",
    Reason.ALREADY_SENT: "They got this very mail on {at}.",
    Reason.PAID: "The cart is paid but has not become an order: look at it in Saleor, the shopper may be waiting.",
    Reason.AUTHORIZED: "The payment is authorised but the cart has not become an order: look at it in Saleor.",
    Reason.PAYMENT_PENDING: "A payment is under way; a mail about a forgotten cart would be wrong now.",
    Reason.COMPLETING: "The shop is turning the cart into an order at this moment.",
    Reason.NOTHING_LEFT: "Nothing that is in the cart can be bought any more: it is sold out or no longer for sale.",
    Reason.NO_CONSENT: "They have not said yes to mail. The rule for them: {rule}.",
    Reason.CONSENT_WITHDRAWN: "They said no to mail in the shop on {at}.",
    Reason.NOT_A_CUSTOMER: "Only customers may be written to unasked, and they have not bought ({rule}).",
    Reason.CONSENT_EXPIRED: "Their yes of {at} ran out on {expired}. The rule for them: {rule}.",
    Reason.PERSON_PAUSED: "They asked for no mail until {until}.",
    Reason.LIMITED: "They had {count} mails since {since}; the next promotional one may come on {until}.",
    Reason.OWN_LIMIT: "They asked for {frequency} mail at most; the next one may come on {until}.",
    Reason.OUTRANKED: "The flow {flow} comes first and has a mail for the same person.",
    Reason.QUIET_HOURS: "It is {local} where they are ({zone}); promotional mail comes from {until} on.",
    Reason.TROUBLE: "Order {order} is {trouble}; promotion waits until that is settled.",
    Reason.FLOW_STOPPED: "Stopped on {at}: {rate} of those who got this flow's mail called it spam.",
    Reason.LATE: "Its time had passed at {expired}; late mail helps nobody.",
    Reason.FLOW_OFF: "The flow is switched off.",
    Reason.PAUSED: "All mail is paused.",
    Reason.DISABLED: "MAILFLOW_DISABLED is set in the environment.",
    Reason.COPY: "This database belongs to {expected} but runs at {seen}. If that is right: mailflow confirm.",
    Reason.NO_SENDER: "No sender address is set: fill in “Sender address” in the settings.",
    Reason.NO_POSTAL_ADDRESS: "No postal address is set, which the law asks for: fill it in in the settings.",
    Reason.NO_PROVIDER: "The mail provider is not set up: {problem}",
    Reason.NO_STOREFRONT_LINK: "No storefront link is set for channel {channel}: the way back to the cart is unknown.",
    Reason.SHADOW: "Shadow mode: everything was done but the sending.",
    Reason.TEMPLATE: "The template {template} could not be rendered: {problem}",
    Reason.REFUSED: "The provider refused it: {problem}",
    Reason.GAVE_UP: "The provider could not take it in {attempts} tries: {problem}",
    Reason.UNKNOWN: "The connection ended while it was handed over; it may have arrived, so it is not repeated.",
    Reason.PARKED: "It was set aside after {crashes} workers died while working on it.",
    Reason.STEP: "The flow ends here.",
}

#: Reasons that can pass by themselves: the mail waits, visibly, until its time is over.
HOLDING = frozenset(
    {
        Reason.COMPLETING,
        Reason.PERSON_PAUSED,
        Reason.LIMITED,
        Reason.OWN_LIMIT,
        Reason.OUTRANKED,
        Reason.QUIET_HOURS,
        Reason.TROUBLE,
        Reason.FLOW_STOPPED,
        Reason.DISABLED,
        Reason.PAUSED,
        Reason.FLOW_OFF,
        Reason.COPY,
        Reason.NO_SENDER,
        Reason.NO_POSTAL_ADDRESS,
        Reason.NO_PROVIDER,
        Reason.NO_STOREFRONT_LINK,
    }
)

#: Reasons that point at a shopper who wants help: shown as a problem, not mailed about.
PROBLEMS = frozenset({Reason.PAID, Reason.AUTHORIZED, Reason.PAYMENT_PENDING})


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "an unknown " + key


def sentence(reason: str, detail: Mapping[str, object] | None = None) -> str:
    """Return the sentence for a reason, filled with what was seen. An unknown reason is returned as it is."""
    try:
        template = _SENTENCES[Reason(reason)]
    except (ValueError, KeyError):
        return reason
    return template.format_map(_Blank(detail or {}))
