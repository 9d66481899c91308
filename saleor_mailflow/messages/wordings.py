"""A merchant's own wording of a mail by template, channel and language: kept in versions, looked up as a mail leaves.

Refuses to send half a translation: where the merchant wrote a mail in one language only, other languages get the
package's own words. Refuses words that cannot be rendered: publishing tries them with the template's example first.

Which one counts: the channel's own before that of all channels; of each the newest published one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Max

from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError, TemplateFailed
from saleor_mailflow.messages.lint import lint_own
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.own import OwnWords, Words, compile_own, render_own
from saleor_mailflow.messages.registry import registered
from saleor_mailflow.messages.render import render
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import Shop, TemplateVersion

#: {(template, channel, language): id of the version that counts}; channel "" is every channel.
Wordings = Mapping[tuple[str, str, str], int]


def wordings_of(shop_id: int) -> Wordings:
    """Return the wordings that count now, without their texts. One query."""
    rows = (
        TemplateVersion.objects.filter(shop_id=shop_id)
        .exclude(published_at=None)
        .order_by("template", "channel", "language", "-number")
        .distinct("template", "channel", "language")
        .values_list("template", "channel", "language", "id", "withdrawn")
    )
    return {(template, channel, language): one for template, channel, language, one, withdrawn in rows if not withdrawn}


def wording_in(wordings: Wordings, template: str, channel: str, language: str) -> int | None:
    """Return the id of the wording that counts for a mail, None where the package's own words do."""
    return wordings.get((template, channel, language)) or wordings.get((template, "", language))


@lru_cache(maxsize=512)
def _compiled(version_id: int, shop_id: int) -> OwnWords:
    row = TemplateVersion.objects.get(pk=version_id, shop_id=shop_id)
    return compile_own(
        subject=row.subject, preheader=row.preheader, html=row.html, text=row.text, language=row.language
    )


def render_mail(
    template: str, language: str, facts: Mapping[str, object], *, shop_id: int, wording: int | None
) -> RenderedMail:
    """Return the mail in the merchant's words where ``wording`` names some, else in the package's.

    Raises TemplateFailed with a sentence. A published version never changes, so it is compiled once a process.
    """
    if wording is None:
        return render(template, language, facts)
    return render_own(_compiled(wording, shop_id), facts)


def preview(
    template: str, language: str, words: Words | None = None, facts: Mapping[str, object] | None = None
) -> RenderedMail:
    """Return the mail as it would look with ``facts`` (else the template's example). ``words`` None is the package's.

    Raises TemplateFailed with a sentence that says what is wrong and where.
    """
    known = dict(facts) if facts is not None else registered(template).example(language)
    if words is None:
        return render(template, language, known)
    own = compile_own(
        subject=words.subject, preheader=words.preheader, html=words.html, text=words.text, language=language
    )
    return render_own(own, known)


def save_wording(
    shop: Shop,
    template: str,
    words: Words,
    *,
    language: str,
    channel: str = "",
    publish: bool,
    at: datetime,
    actor: str,
) -> TemplateVersion:
    """Keep a wording as the next version; with ``publish`` it counts from now on.

    Raises ConfigurationError for a language that is not offered, TemplateFailed for a template that does not exist and
    for words that cannot be rendered with the template's example (nothing is kept then, where it was to be published).
    """
    if language not in LANGUAGES:
        raise ConfigurationError(f"Language {language!r} is not offered; choose one of {', '.join(LANGUAGES)}.")
    known = registered(template)
    if publish:
        wrong = lint_own(
            {language: words}, known.example, languages=(language,), marketing=known.purpose == "marketing"
        )
        errors = [finding.sentence for finding in wrong if finding.level == "error"]
        if errors:
            raise TemplateFailed(f"These words cannot be published: {' '.join(errors)}")
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        mine = TemplateVersion.objects.filter(shop=shop, template=template, channel=channel, language=language)
        row = TemplateVersion.objects.create(
            shop=shop,
            template=template,
            channel=channel,
            language=language,
            number=(mine.aggregate(last=Max("number"))["last"] or 0) + 1,
            subject=words.subject[:300],
            preheader=words.preheader[:300],
            html=words.html,
            text=words.text,
            published_at=at if publish else None,
            created_at=at,
            created_by=actor[:120],
        )
        what = "template.published" if publish else "template.saved"
        subject = f"template:{template}:{language}:{channel}"
        record_audit(shop, actor, what, subject, None, {"version": row.number}, at)
        return row


def withdraw_wording(
    shop: Shop, template: str, *, language: str, channel: str = "", at: datetime, actor: str
) -> TemplateVersion | None:
    """Go back to the package's own words; return the version that says so, None where no own words counted."""
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        if (template, channel, language) not in wordings_of(shop.pk):
            return None
        mine = TemplateVersion.objects.filter(shop=shop, template=template, channel=channel, language=language)
        last = mine.order_by("-number")[0]
        row = TemplateVersion.objects.create(
            shop=shop,
            template=template,
            channel=channel,
            language=language,
            number=last.number + 1,
            subject="",
            html="",
            text="",
            withdrawn=True,
            published_at=at,
            created_at=at,
            created_by=actor[:120],
        )
        subject = f"template:{template}:{language}:{channel}"
        record_audit(shop, actor, "template.withdrawn", subject, {"version": last.number}, None, at)
        return row
