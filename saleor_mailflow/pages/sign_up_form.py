"""A sign-up form as a page shows it and reads it back: fields, traps for programs, and the words that are agreed to.

Refuses to take a yes to words that the person did not see: the form says which words it showed, by their digest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from saleor_mailflow import conf
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.birthdays import read_birthday
from saleor_mailflow.audience.forms import Form, read_form, text_in
from saleor_mailflow.audience.sign_up import offered_topics, remember_wording, wording_digest
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.compose import link_base
from saleor_mailflow.messages.formats import one_line
from saleor_mailflow.messages.words import LANGUAGES, words
from saleor_mailflow.models import ConsentWording, Frequency, Shop, SignUpForm, Topic
from saleor_mailflow.pages.guard import texts
from saleor_mailflow.shop.settings import settings_of

#: A field that people do not see; who fills it in is a program.
TRAP = "website"
#: Nobody fills in a form of ours faster, and a page that was open for longer is shown again.
FASTEST, SLOWEST = timedelta(seconds=2), timedelta(hours=24)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class OpenForm:
    """A form that people may fill in now."""

    row: SignUpForm
    shop: Shop
    settings: ShopSettings
    form: Form
    topics: Sequence[Topic]

    @property
    def brand(self) -> str:
        """Return the name that the form speaks for."""
        return self.settings.brand_name

    @property
    def base(self) -> str:
        """Return the address below which our pages are served."""
        return link_base(self.shop, self.settings)

    def consent(self, language: str) -> str:
        """Return what people agree to, in a language that we write."""
        return text_in(self.form.consent, language, texts(language, "sign_up", brand=self.brand)["consent"])

    @property
    def known(self) -> Mapping[str, Sequence[str]]:
        """Return {question of the survey: its answers}."""
        return {one.key: [choice.key for choice in one.choices] for one in self.form.survey}


def open_form(domain: str, key: str) -> OpenForm | None:
    """Return a form of a shop, None where there is none, or none that is open. Three queries at most."""
    row = SignUpForm.objects.select_related("shop").filter(shop__domain=domain, key=key, active=True).first()
    if row is None or conf.disabled():
        return None
    settings, form = settings_of(row.shop), read_form(row.definition)
    if not settings.active:
        # Nobody could be asked for their confirmation.
        return None
    return OpenForm(
        row=row, shop=row.shop, settings=settings, form=form, topics=offered_topics(row.shop_id, form.topics)
    )


@dataclass(kw_only=True)
class Read:
    """What was typed, and what is wrong with it: {field: key of the sentence}."""

    data: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_fields(one: OpenForm, given: Mapping[str, Any], now: datetime) -> Read:
    """Return what was typed into the fields that the form has; the others are left out."""
    read = Read(data={"email": one_line(str(given.get("email") or ""), 330), "topics": _many(given, "topics")})
    if not normalise(read.data["email"]):
        read.problems["email"] = "wrong_email"
    if one.topics and not {topic.key for topic in one.topics} & set(read.data["topics"]):
        read.problems["topics"] = "wrong_topics"
    for name in ("name", "frequency"):
        if name in one.form.fields:
            read.data[name] = one_line(str(given.get(name) or ""), 256)
    born = str(given.get("birthday") or "").strip()
    if "birthday" in one.form.fields and born:
        read.data["birthday"] = read_birthday(born, now.date())
        if read.data["birthday"] is None:
            read.problems["birthday"] = "wrong_birthday"
    survey = given.get("survey")
    for question in one.known:
        asked = survey.get(question) if isinstance(survey, Mapping) else given.get(f"survey_{question}")
        read.data[f"survey_{question}"] = str(asked or "")
    return read


def _many(given: Mapping[str, Any], key: str) -> list[str]:
    value = given.get(key)
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value[:100]] if isinstance(value, list) else []


def wording_shown(one: OpenForm, digest: str, language: str, now: datetime) -> ConsentWording | None:
    """Return the words that a form showed, None where it showed words that are neither today's nor ever were ours.

    Without a ``digest`` (a program that fills in the form for somebody) they are today's in ``language``.
    """
    for known in LANGUAGES if digest else (language,):
        text = one.consent(known)
        if digest in {"", wording_digest(known, text)}:
            return remember_wording(one.shop.pk, known, text, now)
    if not _DIGEST.fullmatch(digest):
        return None
    return ConsentWording.objects.filter(shop_id=one.shop.pk, digest=digest).first()


def stamp(one: OpenForm, now: datetime) -> str:
    """Return when the form was shown, signed, for ``waited``."""
    at = str(int(now.timestamp()))
    return f"{at}.{_signed(one, at)}"


def waited(one: OpenForm, text: str, now: datetime) -> bool:
    """Tell whether the form was on somebody's screen for as long as people take: FASTEST to SLOWEST."""
    at, _, mac = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12 and _same(_signed(one, at), mac)):
        return False
    return FASTEST <= timedelta(seconds=now.timestamp() - int(at)) <= SLOWEST


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right[:64].encode(errors="replace"))


def _signed(one: OpenForm, at: str) -> str:
    return hmac.new(suppression_key(one.shop.pk), f"form {one.row.pk} {at}".encode(), hashlib.sha256).hexdigest()[:32]


def facts(one: OpenForm, language: str, now: datetime, read: Read | None = None) -> dict[str, Any]:
    """Return what the templates of a form need, filled in with what was typed."""
    typed, known = (read.data if read is not None else {}), words(language)
    consent = one.consent(language)
    born = typed.get("birthday")
    return {
        "title": text_in(one.form.title, language),
        "intro": text_in(one.form.intro, language),
        "consent": consent,
        "wording": wording_digest(language, consent),
        "began": stamp(one, now),
        "trap": TRAP,
        "email": typed.get("email", ""),
        "name": typed.get("name", ""),
        "birthday": born.isoformat() if born else "",
        "asks": {name: name in one.form.fields for name in ("name", "birthday", "frequency", "language")},
        "topics": [
            {
                "key": topic.key,
                "name": text_in(topic.names, language, topic.key),
                "text": text_in(topic.descriptions, language),
                "on": topic.key in typed.get("topics", ()),
            }
            for topic in one.topics
        ],
        "often": [
            {"key": key, "label": known[f"often:{key or 'any'}"], "on": typed.get("frequency", "") == key}
            for key in Frequency.values
        ],
        "survey": [
            {
                "key": question.key,
                "label": text_in(question.label, language, question.key),
                "choices": [
                    {
                        "key": choice.key,
                        "label": text_in(choice.label, language, choice.key),
                        "on": typed.get(f"survey_{question.key}") == choice.key,
                    }
                    for choice in question.choices
                ],
            }
            for question in one.form.survey
        ],
        "problems": {name: known[f"page:sign_up:{key}"] for name, key in (read.problems if read else {}).items()},
    }
