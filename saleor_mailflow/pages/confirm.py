"""Say that a sign-up was one's own: the page behind the link in the confirmation mail.

Refuses to confirm anything on GET, since mail programs and scanners open links; and to tell a mangled link from one
that somebody made up.
"""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from saleor_mailflow import clock
from saleor_mailflow.audience import sign_up
from saleor_mailflow.audience.forms import read_form, text_in
from saleor_mailflow.messages.links import LinkKind, LinkSigner, read
from saleor_mailflow.models import Shop, SignUp
from saleor_mailflow.pages.guard import language_of, notice, page, up
from saleor_mailflow.shop.settings import settings_of


@page("GET", "HEAD", "POST")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether it was them (GET); take their yes (POST) and show what they get for it, if anything."""
    now = clock.now()
    link = read(token, LinkKind.CONFIRM, now)
    if link is None:
        return notice(language_of(request), "mangled", status=404)
    found = sign_up.find(link.shop_id, link.message)
    if found is None or found.contact_id != link.contact_id or found.contact.erased_at is not None:
        return notice(language_of(request), "forgotten", status=410)
    language = language_of(request, found.language)
    shop = Shop.objects.get(pk=link.shop_id)
    brand = settings_of(shop).brand_name
    done = found.confirmed_at is not None
    if not done and (link.expired or found.expires_at <= now):
        return notice(language, "too_late", brand=brand, link=_form_again(request, shop, found), status=410)
    if request.method == "POST" or done:
        if not done and not sign_up.confirm(found.pk, now=now):
            return notice(language, "forgotten", brand=brand, status=410)
        signer = LinkSigner.of(shop, base=up(request).rstrip("/"))
        choices = signer.preferences(contact_id=found.contact_id, message=found.uuid)
        return notice(language, "welcome", brand=brand, note=_reward(found, language), link=choices)
    agreed = found.wording.text if found.wording is not None else ""
    return notice(language, "confirm", brand=brand, button="confirm", note=agreed)


def _reward(found: SignUp, language: str) -> str:
    """Return what was promised for signing up, in the person's language."""
    return text_in(read_form(found.form.definition).reward, language) if found.form is not None else ""


def _form_again(request: HttpRequest, shop: Shop, found: SignUp) -> str:
    if found.form is None or not found.form.active:
        return ""
    return f"{up(request)}s/{quote(shop.domain, safe=':')}/{quote(found.form.key)}/"
