"""Every mail template there is, with its purpose, its languages and an example to show it with.

Refuses to know flows: a flow's step names a template by key, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.examples import example_of
from saleor_mailflow.messages.facts import (
    MailFacts,
    cart_facts,
    order_facts,
    review_facts,
    shop_facts,
    sign_up_facts,
)
from saleor_mailflow.messages.words import LANGUAGES

Builder = Callable[[MailFacts], dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class RegisteredTemplate:
    """A template of the package: ``templates/<key>.html`` and ``.txt``, in every language of the catalogs."""

    key: str
    #: ``marketing`` or ``transactional``.
    purpose: str
    #: What is known of somebody who does not exist, in a language.
    known: Callable[[str], MailFacts]
    #: Makes what it sees of what is known of a message.
    facts: Builder = cart_facts
    languages: tuple[str, ...] = LANGUAGES
    #: Hosts besides the shop's own that its links may lead to, lower case.
    hosts: tuple[str, ...] = ()

    def example(self, language: str) -> dict[str, object]:
        """Return the facts of the example in a language, as the template sees them."""
        return self.facts(self.known(language))


def _ours(key: str, facts: Builder, purpose: str = "marketing") -> RegisteredTemplate:
    return RegisteredTemplate(key=key, purpose=purpose, known=partial(example_of, key), facts=facts)


REGISTRY: Mapping[str, RegisteredTemplate] = {
    template.key: template
    for template in (
        _ours("abandoned_checkout/reminder", cart_facts),
        _ours("abandoned_checkout/last_call", cart_facts),
        _ours("confirm_sign_up/confirm", sign_up_facts, "transactional"),
        _ours("welcome/hello", shop_facts),
        _ours("welcome/guide", shop_facts),
        _ours("welcome/best_sellers", shop_facts),
        _ours("thank_you/thanks", order_facts),
        _ours("upsell/goes_with", order_facts),
        _ours("review_request/ask", review_facts),
        _ours("win_back/hello_again", shop_facts),
        _ours("win_back/offer", shop_facts),
        _ours("win_back/last_chance", shop_facts),
        _ours("birthday/day", shop_facts),
        _ours("vip/welcome", shop_facts),
        _ours("vip/again", shop_facts),
    )
}


def registered(key: str) -> RegisteredTemplate:
    """Return a registered template. Raises TemplateFailed naming those that exist."""
    if key not in REGISTRY:
        raise TemplateFailed(f"There is no template {key!r}; the registered ones are {', '.join(REGISTRY)}.")
    return REGISTRY[key]
