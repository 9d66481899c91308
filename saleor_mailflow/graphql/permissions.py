"""Who may ask what: one table over every operation and every type. Refuses what has no row, before anything is served.

A rule is a set of Saleor's permissions of which one is enough; ``EVERYBODY`` is no rule at all. An operation's row is
asked once. A type's row is asked at every field that returns it, so nobody reaches a person's data by a detour.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Saleor's permission codes, of which a caller needs one; None lets everybody in.
Rule = frozenset[str] | None

EVERYBODY: Rule = None
#: How mail works: settings, flows, texts, who changed what.
SETTINGS = frozenset({"MANAGE_PLUGINS", "MANAGE_SETTINGS"})
#: People: what we know of them, what they said about mail, taking them out.
PEOPLE = frozenset({"MANAGE_USERS"})
#: Mails to people about what they buy, and what waits for them.
MAILS = frozenset({"MANAGE_ORDERS", "MANAGE_USERS"})
#: Figures that hold money.
MONEY = SETTINGS | {"MANAGE_ORDERS"}
#: Whom flows are for: a figure for those who shape flows, the people themselves by their own row.
PEOPLE_OR_SETTINGS = SETTINGS | PEOPLE
#: What may be given away.
VOUCHERS = frozenset({"MANAGE_DISCOUNTS"})
OFFERS = SETTINGS | VOUCHERS
#: What names nobody and shows no money: which flows there are, whether all is well.
STAFF = SETTINGS | PEOPLE | MAILS | VOUCHERS

OPERATIONS: Mapping[str, Rule] = {
    "Query.me": STAFF,
    "Query.channels": STAFF,
    "Query.flows": STAFF,
    "Query.flow": STAFF,
    "Query.flowBacktest": SETTINGS,
    "Query.flowDraft": SETTINGS,
    "Query.flowDrafts": SETTINGS,
    "Query.enrollments": MAILS,
    "Query.contacts": PEOPLE,
    "Query.contact": PEOPLE,
    "Query.why": PEOPLE,
    "Query.messages": MAILS,
    "Query.message": MAILS,
    "Query.orderMail": MAILS,
    "Query.suppressions": PEOPLE,
    "Query.topics": STAFF,
    "Query.signUpForms": STAFF,
    "Query.conditionFacts": STAFF,
    "Query.segments": PEOPLE_OR_SETTINGS,
    "Query.segment": PEOPLE_OR_SETTINGS,
    "Query.segmentSize": PEOPLE_OR_SETTINGS,
    "Query.templates": SETTINGS,
    "Query.template": SETTINGS,
    "Query.templatePreview": SETTINGS,
    "Query.templateLint": SETTINGS,
    "Query.mailPreview": MAILS,
    "Query.purchases": MAILS,
    "Query.baskets": MAILS,
    "Query.offers": OFFERS,
    "Query.vouchers": VOUCHERS,
    "Query.coupons": MAILS,
    "Query.brands": SETTINGS,
    "Query.settings": SETTINGS,
    "Query.health": STAFF,
    "Query.findings": SETTINGS,
    "Query.auditEntries": SETTINGS,
    "Mutation.flowSwitch": SETTINGS,
    "Mutation.flowResume": SETTINGS,
    "Mutation.flowDraftBegin": SETTINGS,
    "Mutation.flowDraftSave": SETTINGS,
    "Mutation.flowDraftDiscard": SETTINGS,
    "Mutation.flowDraftPublish": SETTINGS,
    "Mutation.flowRollBack": SETTINGS,
    "Mutation.flowRetire": SETTINGS,
    "Mutation.flowBringBack": SETTINGS,
    "Mutation.flowMovePeople": SETTINGS,
    "Mutation.flowLetIn": SETTINGS,
    "Mutation.flowsApply": SETTINGS,
    "Mutation.messageResend": MAILS,
    "Mutation.mailPause": SETTINGS,
    "Mutation.mailResume": SETTINGS,
    "Mutation.settingsUpdate": SETTINGS,
    "Mutation.testMailSend": SETTINGS,
    "Mutation.enrollmentStart": PEOPLE,
    "Mutation.eventRecord": PEOPLE,
    "Mutation.enrollmentCancel": MAILS,
    "Mutation.enrollmentSkipWait": MAILS,
    "Mutation.contactTagsUpdate": PEOPLE,
    "Mutation.contactsImport": PEOPLE,
    "Mutation.contactExport": PEOPLE,
    "Mutation.contactErase": PEOPLE,
    "Mutation.suppressionAdd": PEOPLE,
    "Mutation.suppressionRemove": PEOPLE,
    "Mutation.segmentSave": PEOPLE_OR_SETTINGS,
    "Mutation.segmentDelete": PEOPLE_OR_SETTINGS,
    "Mutation.templateSave": SETTINGS,
    "Mutation.templateWithdraw": SETTINGS,
    "Mutation.brandSave": SETTINGS,
    "Mutation.brandDrop": SETTINGS,
    "Mutation.offerSave": OFFERS,
    "Mutation.offerDelete": OFFERS,
    "Mutation.topicSave": SETTINGS,
    "Mutation.topicClose": SETTINGS,
    "Mutation.signUpFormSave": SETTINGS,
    "Mutation.signUpFormSnippet": SETTINGS,
    "Mutation.signUpFormSwitch": SETTINGS,
    "Mutation.subscribe": EVERYBODY,
}

TYPES: Mapping[str, Rule] = {
    "Query": EVERYBODY,
    "Mutation": EVERYBODY,
    "PageInfo": EVERYBODY,
    "MailflowError": EVERYBODY,
    "Money": EVERYBODY,
    "Me": STAFF,
    "Channel": STAFF,
    "Flow": STAFF,
    "ChannelMode": STAFF,
    "Qualifying": STAFF,
    "FlowVersion": STAFF,
    "FlowDraft": SETTINGS,
    "FlowChange": SETTINGS,
    "LintFinding": SETTINGS,
    "FlowStep": STAFF,
    "FlowBacktest": SETTINGS,
    "FlowNext": STAFF,
    "FlowFigures": STAFF,
    "FlowRevenue": MONEY,
    "Enrollment": MAILS,
    "Contact": PEOPLE,
    "ContactTag": PEOPLE,
    "ImportRefusal": PEOPLE,
    "Profile": PEOPLE,
    "Consent": PEOPLE,
    "Suppression": PEOPLE,
    "Why": PEOPLE,
    "TimelineEntry": MAILS,
    "GateRule": MAILS,
    "Message": MAILS,
    "DeliveryEvent": MAILS,
    "OrderMail": MAILS,
    "ConditionFact": STAFF,
    "FlowFilePlan": SETTINGS,
    "Segment": PEOPLE_OR_SETTINGS,
    "SegmentSize": PEOPLE_OR_SETTINGS,
    "Purchase": MAILS,
    "Basket": MAILS,
    "Template": SETTINGS,
    "TemplateVersion": SETTINGS,
    "TemplatePreview": SETTINGS | MAILS,
    "TemplateFinding": SETTINGS,
    "Offer": OFFERS,
    "Voucher": VOUCHERS,
    "Coupon": MAILS,
    "Brand": SETTINGS,
    "Topic": STAFF,
    "Text": EVERYBODY,
    "SignUpForm": STAFF,
    "Setting": SETTINGS,
    "Problem": STAFF,
    "Count": STAFF,
    "Health": STAFF,
    "Finding": SETTINGS,
    "AuditEntry": SETTINGS,
}

_DERIVED = ("CountableConnection", "Connection", "CountableEdge", "Edge")


def may(permissions: frozenset[str], rule: Rule) -> bool:
    """Tell whether somebody who holds ``permissions`` passes ``rule``."""
    return rule is None or not rule.isdisjoint(permissions)


def rule_of_operation(parent: str, field: str) -> Rule:
    """Return the rule of a field of Query or Mutation. Raises LookupError where the table has no row for it."""
    return _row(OPERATIONS, f"{parent}.{field}")


def rule_of_type(name: str, payloads: Mapping[str, str]) -> Rule:
    """Return the rule of an object type; a connection's is its node's, a mutation's payload has the mutation's.

    ``payloads`` maps payload types to their mutations. Raises LookupError where the table has no row for it.
    """
    if name in payloads:
        return _row(OPERATIONS, f"Mutation.{payloads[name]}")
    for suffix in _DERIVED:
        if name.endswith(suffix) and name not in TYPES:
            return _row(TYPES, name.removesuffix(suffix))
    return _row(TYPES, name)


def _row(table: Mapping[str, Rule], name: str) -> Rule:
    if name not in table:
        raise LookupError(f"{name} has no row in saleor_mailflow.graphql.permissions: say who may use it.")
    return table[name]
