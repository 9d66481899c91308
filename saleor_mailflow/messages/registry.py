"""Every mail template there is, with its purpose, its languages and an example to show it with.

Refuses to know flows: a flow's step names a template by key, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

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
from saleor_mailflow.messages.sources import add_folder
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


_REGISTRY: dict[str, RegisteredTemplate] = {
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


REGISTRY: Mapping[str, RegisteredTemplate] = _REGISTRY


def add_templates(package: str, templates: Iterable[RegisteredTemplate]) -> None:
    """Register another package's templates: ``templates/<key>.html`` and ``.txt`` in it, ``locale/`` beside them there.

    Safe to repeat. Raises ValueError for a template that is not there, and for a key that another one has.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{package!r} is no package; give the one whose folder has “templates” in it.")
    folder = Path(spec.submodule_search_locations[0]) / "templates"
    new = {template.key: template for template in templates}
    for key, template in new.items():
        if _REGISTRY.get(key, template) != template:
            raise ValueError(f"There is a template {key!r} already; begin its key with your flow's.")
        missing = [name for name in (f"{key}.html", f"{key}.txt") if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"{package!r} has no templates/{missing[0]}; write it, and ship it with the package.")
    add_folder(folder)
    _REGISTRY.update(new)


def registered(key: str) -> RegisteredTemplate:
    """Return a registered template. Raises TemplateFailed naming those that exist."""
    if key not in REGISTRY:
        raise TemplateFailed(f"There is no template {key!r}; the registered ones are {', '.join(REGISTRY)}.")
    return REGISTRY[key]
