"""What is wrong with a mail before it goes live: where, what, and what to do next.

Refuses to guess about taste: an error is what the law or a reader's program would punish, a warning is what is known to
send mails to the spam folder or to leave people out. Publishing refuses errors and shows warnings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.own import BLOCKS, Words, compile_own, render_own
from saleor_mailflow.messages.proof import prove
from saleor_mailflow.messages.reading import MailReader

Level = Literal["error", "warning"]

#: Characters that a mail tells something in; shorter ones look like advertisements to people and filters alike.
LEAST_TEXT = 500
#: Picture area, in pixels, for a character of text; beyond it filters take a mail for a picture with a link.
MOST_PIXELS = 500
#: Gmail cuts a mail off after 102 kB, and with it the way to unsubscribe.
LARGEST_HTML = 100_000
LONGEST_SUBJECT, LONGEST_PREHEADER = 70, 140
#: A word in capitals is a name; more of them are shouting.
MOST_CAPITALS = 0.6

_PLACE = re.compile(r"\{\{|\}\}|\{%|%\}|\{[a-z_]+\}|%\([a-z_]+\)s|\*\|[A-Z_]+\|\*|\bundefined\b|\bNone\b")
_FALSE_ANSWER = re.compile(r"\s*(re|aw|fwd?|wg|tr|odp)\s*:", re.IGNORECASE)
_HREF = re.compile(r"https?://[^\s\"<>]+")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. ``where`` is a part of the mail (``subject``, ``de: html``, ``de: text``)."""

    level: Level
    where: str
    #: What was seen, and what to do next.
    sentence: str


def lint_template(
    html: str,
    text: str,
    subject: str,
    *,
    preheader: str | None = None,
    unsubscribe_url: str = "",
    address: str = "",
    marketing: bool = True,
) -> tuple[Finding, ...]:
    """Return what is wrong with a rendered mail, errors first.

    ``preheader`` is found in the mail where it is not given; ``unsubscribe_url`` and ``address`` are what this mail
    must hold ("" is an error in marketing mail: then nothing was set up). Raises TemplateFailed for HTML with more
    elements than a mail has.
    """
    read = MailReader(html)
    found = [*_must_haves(read, text, unsubscribe_url, address, marketing), *_broken(read, text, subject)]
    found += _line_of_the_inbox(subject, read.preheader if preheader is None else preheader)
    found += _body(read, html, text)
    return tuple(sorted(found, key=lambda one: one.level != "error"))


def lint_own(
    words: Mapping[str, Words],
    facts_in: Callable[[str], Mapping[str, object]],
    *,
    languages: Collection[str],
    marketing: bool = True,
    trial: bool = True,
) -> tuple[Finding, ...]:
    """Return what is wrong with a merchant's own words in every language that is wanted.

    ``facts_in`` makes the facts of an example in a language. With ``trial`` the words are first run in a process of
    their own (a third of a second a language): leave it out only for words that were tried before.
    """
    found: list[Finding] = []
    for language in languages:
        if language not in words:
            others = ", ".join(words) or "no language"
            found.append(
                _error(language, f"There is no text in {language!r}, only in {others}. Write it or switch it off.")
            )
            continue
        one, facts = words[language], facts_in(language)
        try:
            if trial:
                prove(one.html, facts, blocks=BLOCKS)
            mail = render_own(compile_own(**vars(one), language=language), facts)
            seen_in_it = lint_template(
                mail.html,
                mail.text,
                mail.subject,
                unsubscribe_url=str(facts.get("unsubscribe_url", "")),
                address=str(facts.get("address", "")),
                marketing=marketing,
            )
        except TemplateFailed as error:
            found.append(_error(language, str(error)))
            continue
        found += [
            Finding(level=seen.level, where=f"{language}: {seen.where}", sentence=seen.sentence) for seen in seen_in_it
        ]
    return tuple(sorted(found, key=lambda seen: seen.level != "error"))


def _must_haves(read: MailReader, text: str, unsubscribe_url: str, address: str, marketing: bool) -> Iterator[Finding]:
    if marketing and not (unsubscribe_url and unsubscribe_url in read.links):
        yield _error("html", "There is no link to unsubscribe. Put it back, or use the frame of the package.")
    if marketing and not (unsubscribe_url and unsubscribe_url in text):
        yield _error("text", "There is no address to unsubscribe at. Put it back, or use the frame of the package.")
    for where, said in (("html", read.text), ("text", text)):
        if not (address and _plain(address) in _plain(said)):
            yield _error(where, "The postal address is missing. Set it in the settings; every mail must show it.")


def _broken(read: MailReader, text: str, subject: str) -> Iterator[Finding]:
    for where, said in (("subject", subject), ("html", read.text), ("text", _HREF.sub("", text))):
        left = _PLACE.search(said)
        if left:
            yield _error(where, f"{left[0]!r} was not filled in. Check how the variable is written: {{{{ name }}}}.")
    for link in read.links:
        if not link.startswith(("https://", "http://", "mailto:")):
            yield _error("html", f"A link leads to {link[:60]!r}, which is no web address. Give it one with https://.")


def _line_of_the_inbox(subject: str, preheader: str) -> Iterator[Finding]:
    letters = [sign for sign in subject if sign.isalpha()]
    if not subject.strip():
        yield _error("subject", "There is no subject. Write one that says what the mail is about.")
    elif len(letters) > 5 and sum(sign.isupper() for sign in letters) / len(letters) > MOST_CAPITALS:
        yield _warning("subject", "The subject is all in capitals, which looks like spam. Write it in small letters.")
    if subject.count("!") > 1:
        yield _warning("subject", f"The subject has {subject.count('!')} exclamation marks. One is loud enough.")
    if _FALSE_ANSWER.match(subject):
        yield _warning(
            "subject", "The subject pretends to be an answer, which is against the law in places. Begin it otherwise."
        )
    if len(subject) > LONGEST_SUBJECT:
        yield _warning(
            "subject", f"The subject has {len(subject)} characters; after {LONGEST_SUBJECT} it is cut off. Shorten it."
        )
    if not preheader.strip():
        yield _warning(
            "preheader", "There is no preheader, so the inbox shows whatever comes first. Write one sentence."
        )
    elif preheader.strip() == subject.strip():
        yield _warning("preheader", "The preheader repeats the subject. Say the next thing instead.")
    elif len(preheader) > LONGEST_PREHEADER:
        yield _warning(
            "preheader", f"The preheader has {len(preheader)} characters, of {LONGEST_PREHEADER} shown. Shorten it."
        )


def _body(read: MailReader, html: str, text: str) -> Iterator[Finding]:
    told = len(read.text)
    if told < LEAST_TEXT:
        yield _warning(
            "html",
            f"The mail has {told} characters of text; under {LEAST_TEXT} it tells too little. Add a story or a tip.",
        )
    if read.pixels > MOST_PIXELS * max(told, 1):
        yield _warning(
            "html", "The mail is mostly pictures, and many programs show none at first. Say in words what they show."
        )
    if read.unnamed:
        yield _warning(
            "html",
            f"{read.unnamed} of the pictures say nothing to somebody who cannot see them. Give them an alt text.",
        )
    if len(html.encode()) > LARGEST_HTML:
        yield _warning(
            "html", f"The mail has {len(html.encode()) // 1000} kB; Gmail cuts it off after 102. Leave something out."
        )
    missing = [link for link in dict.fromkeys(read.links) if link.startswith("http") and link not in text]
    if not text.strip():
        yield _error("text", "There is no text part. Write one, for people and programs that read no HTML.")
    elif missing:
        yield _warning(
            "text", f"{len(missing)} of the links are not in the text part, such as {missing[0][:60]}. Add them."
        )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _error(where: str, sentence: str) -> Finding:
    return Finding(level="error", where=where, sentence=sentence)


def _warning(where: str, sentence: str) -> Finding:
    return Finding(level="warning", where=where, sentence=sentence)
