"""The demo's pages: who is in the show, and each mail as its reader would see it. Refuses to be reachable from outside.

A mail is shown in a sandboxed frame under a policy of its own: no script, nothing fetched from anywhere but here.
"""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Engine
from django.views.decorators.http import require_safe

from saleor_mailflow.models import Basket, Enrollment
from saleor_mailflow.service.demo import scene
from saleor_mailflow.service.demo.figures import count
from saleor_mailflow.service.demo.letters import PICTURES, Letter, letter_of, picture_for, with_own_pictures
from saleor_mailflow.service.demo.people import people
from saleor_mailflow.webhooks.values import uuid_of

_TEMPLATES = Path(__file__).parent / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show everybody, and the figures."""
    stage = scene.stage()
    return _page("index.html", {**_people(), **_summary(), "domain": stage.shop.domain, "season": stage.day_over_at})


@require_safe
def people_part(request: HttpRequest) -> HttpResponse:
    """Return the list of people, for the page that is open."""
    return _page("people.html", _people())


@require_safe
def summary_part(request: HttpRequest) -> HttpResponse:
    """Return the figures, for the page that is open."""
    return _page("summary.html", _summary())


@require_safe
def letter_page(request: HttpRequest, uuid: str) -> HttpResponse:
    """Show one mail on a page of its own."""
    return _page("letter_page.html", {"letter": _letter(uuid)})


@require_safe
def letter_part(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return one mail's frame, for the page that is open."""
    return _page("letter.html", {"letter": _letter(uuid)})


@require_safe
def letter_html(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a mail's HTML with pictures of our own."""
    return _guarded(HttpResponse(with_own_pictures(_letter(uuid).html)), _MAIL_POLICY)


@require_safe
def letter_text(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a mail's text part."""
    return _guarded(HttpResponse(_render("text.html", {"letter": _letter(uuid)})), _MAIL_POLICY)


@require_safe
def storefront(request: HttpRequest) -> HttpResponse:
    """Stand in for the shop's storefront, where a mail's button leads."""
    token = uuid_of(request.GET.get("checkout"), "Checkout")
    basket = Basket.objects.filter(shop_id=scene.stage().shop.pk, token=token).first() if token else None
    for line in basket.lines if basket is not None else []:
        line["picture"] = picture_for(f"{line.get('product_name')} {line.get('image_url')}")
    return _page("storefront.html", {"basket": basket})


@require_safe
def asset(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Return the page's style, its script, or one of our own pictures."""
    place = (PICTURES / f"{name}.svg") if kind == "svg" else _TEMPLATES / f"demo.{kind}"
    if not place.is_file():
        raise Http404("There is no such file.")
    types = {"svg": "image/svg+xml", "css": "text/css", "js": "text/javascript"}
    return _guarded(HttpResponse(place.read_bytes(), content_type=types[kind]), "default-src 'none'")


def _people() -> dict[str, object]:
    stage = scene.stage()
    # Whoever only bought something in the year before the show is not part of it.
    return {"people": people(stage.shop.pk, since=scene.day().webhooks[0].at if stage.day_over_at else None)}


def _summary() -> dict[str, object]:
    stage = scene.stage()
    figures = count(stage.shop.pk)
    inside = Enrollment.objects.filter(shop_id=stage.shop.pk, state=Enrollment.State.ACTIVE).count()
    blocked = sum(figures.blocked.values())
    return {"figures": figures, "inside": inside, "blocked": blocked, "now": stage.clock.now()}


def _letter(uuid: str) -> Letter:
    found = letter_of(scene.stage().sink.taken, uuid)
    if found is None:
        raise Http404("There is no such mail.")
    return found


def _render(template: str, facts: dict[str, object]) -> str:
    return _ENGINE.get_template(template).render(Context(facts))


def _page(template: str, facts: dict[str, object]) -> HttpResponse:
    return _guarded(HttpResponse(_render(template, facts)), _PAGE_POLICY)


def _guarded(response: HttpResponse, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = policy
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
