"""Every mail template there is, with its purpose, its languages and an example to show it with.

Refuses to know flows: a flow's step names a template by key, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.examples import example_cart_facts, example_sign_up_facts
from saleor_mailflow.messages.facts import MailFacts, cart_facts, sign_up_facts
from saleor_mailflow.messages.words import LANGUAGES


@dataclass(frozen=True, kw_only=True)
class RegisteredTemplate:
    """A template of the package: ``templates/<key>.<language>.html`` and ``.txt``."""

    key: str
    #: ``marketing`` or ``transactional``.
    purpose: str
    #: The facts of an example in a language.
    example: Callable[[str], dict[str, object]]
    #: Makes what it sees of what is known of a message.
    facts: Callable[[MailFacts], dict[str, object]] = cart_facts
    languages: tuple[str, ...] = LANGUAGES
    #: Hosts besides the shop's own that its links may lead to, lower case.
    hosts: tuple[str, ...] = ()


REGISTRY: Mapping[str, RegisteredTemplate] = {
    template.key: template
    for template in (
        RegisteredTemplate(key="abandoned_checkout/reminder", purpose="marketing", example=example_cart_facts),
        RegisteredTemplate(key="abandoned_checkout/last_call", purpose="marketing", example=example_cart_facts),
        RegisteredTemplate(
            key="confirm_sign_up/confirm", purpose="transactional", example=example_sign_up_facts, facts=sign_up_facts
        ),
    )
}


def registered(key: str) -> RegisteredTemplate:
    """Return a registered template. Raises TemplateFailed naming those that exist."""
    if key not in REGISTRY:
        raise TemplateFailed(f"There is no template {key!r}; the registered ones are {', '.join(REGISTRY)}.")
    return REGISTRY[key]
