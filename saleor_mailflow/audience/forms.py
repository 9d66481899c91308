"""What a sign-up form asks and promises, read from what the merchant wrote, with every problem said in a sentence.

Refuses to guess: a part that cannot be read is left out and reported, and a form always asks for the address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

#: {language: text}; "en" is the fallback.
Texts = Mapping[str, str]

#: What a form may ask for beside the address.
FIELDS = ("name", "birthday", "frequency", "language")
_MOST_QUESTIONS, _MOST_CHOICES, _LONGEST = 5, 12, 2000


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer of a question."""

    key: str
    label: Texts


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the short survey. Answers become tags, ``<question>:<answer>``."""

    key: str
    label: Texts
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A sign-up form. Texts that are empty fall back to ours, in the person's language."""

    #: Keys of topics to choose from; none lets people in for all mail.
    topics: tuple[str, ...] = ()
    #: Which of FIELDS are asked for.
    fields: tuple[str, ...] = ("name",)
    survey: tuple[Question, ...] = ()
    title: Texts
    intro: Texts
    #: What people agree to; kept word by word with their consent.
    consent: Texts
    #: Shown once the address is confirmed, such as a code for the first order.
    reward: Texts
    #: Where the form is embedded, such as ``https://shop.example``; its script may post from there.
    origins: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def text_in(texts: Texts, language: str, otherwise: str = "") -> str:
    """Return the text in a language, else its base language, else English, else ``otherwise``."""
    for wanted in (language, language.partition("-")[0], "en"):
        if texts.get(wanted):
            return texts[wanted]
    return otherwise


def read_form(raw: Mapping[str, Any]) -> Form:
    """Return the form that a merchant wrote. Never raises: what cannot be read is left out and said in ``problems``."""
    problems: list[str] = []
    fields = [str(one) for one in _list(raw, "fields", problems, default=["name"])]
    unknown = [one for one in fields if one not in FIELDS]
    if unknown:
        problems.append(f"A form cannot ask for {unknown[0]!r}; it may ask for {', '.join(FIELDS)}.")
    origins = []
    for origin in _list(raw, "origins", problems):
        parts = urlsplit(str(origin))
        if parts.scheme in {"https", "http"} and parts.netloc and not parts.path.strip("/"):
            origins.append(f"{parts.scheme}://{parts.netloc}")
        else:
            problems.append(f"The origin {str(origin)[:80]!r} is none: write it as https://shop.example.")
    return Form(
        topics=tuple(str(one)[:60] for one in _list(raw, "topics", problems)),
        fields=tuple(one for one in fields if one in FIELDS),
        survey=_survey(_list(raw, "survey", problems), problems),
        title=_texts(raw, "title", problems),
        intro=_texts(raw, "intro", problems),
        consent=_texts(raw, "consent", problems),
        reward=_texts(raw, "reward", problems),
        origins=tuple(origins),
        problems=tuple(problems),
    )


def _survey(raw: Sequence[Any], problems: list[str]) -> tuple[Question, ...]:
    questions: list[Question] = []
    if len(raw) > _MOST_QUESTIONS:
        problems.append(f"The survey has {len(raw)} questions; people answer {_MOST_QUESTIONS} at most. Take some out.")
    for number, one in enumerate(raw[:_MOST_QUESTIONS], start=1):
        if not isinstance(one, Mapping) or not str(one.get("key") or "").strip():
            problems.append(f"Question {number} of the survey has no key.")
            continue
        choices = tuple(
            Choice(key=str(choice["key"])[:40], label=_texts(choice, "label", problems))
            for choice in _list(one, "choices", problems)[:_MOST_CHOICES]
            if isinstance(choice, Mapping) and choice.get("key")
        )
        if len(choices) < 2:
            problems.append(f"Question {str(one['key'])[:40]!r} of the survey needs two choices at least.")
            continue
        questions.append(Question(key=str(one["key"])[:40], label=_texts(one, "label", problems), choices=choices))
    return tuple(questions)


def _list(raw: Mapping[str, Any], key: str, problems: list[str], *, default: Sequence[Any] = ()) -> list[Any]:
    value = raw.get(key, default)
    if isinstance(value, str) or not isinstance(value, Sequence):
        problems.append(f"{key!r} of the form must be a list, and is {type(value).__name__}.")
        return list(default)
    return list(value)


def _texts(raw: Mapping[str, Any], key: str, problems: list[str]) -> dict[str, str]:
    value = raw.get(key) or {}
    if isinstance(value, str):
        return {"en": value[:_LONGEST]}
    if not isinstance(value, Mapping):
        problems.append(f"{key!r} of the form must be a text, or a text per language.")
        return {}
    return {str(language): str(text)[:_LONGEST] for language, text in value.items() if str(text).strip()}
