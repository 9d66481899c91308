"""The way in for people: a hosted sign-up page, and the address that embedded forms and programs post to.

Refuses to show by its answer, or by the time it takes, whether an address is known, suppressed or throttled; to take
a form from a site that the merchant did not name; and to believe anybody before their mailbox has said yes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict

from saleor_mailflow import clock
from saleor_mailflow.audience import sign_up
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.pages.guard import (
    LONGEST_FORM,
    guarded,
    language_of,
    notice,
    own_name,
    page,
    posted,
    said,
    show,
    texts,
    up,
)  # fmt: skip
from saleor_mailflow.pages.sign_up_form import (
    TRAP,
    OpenForm,
    Read,
    facts,
    open_form,
    read_fields,
    waited,
    wording_shown,
)
from saleor_mailflow.pages.visitor import origin_allowed, too_many

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")


@page("GET", "HEAD", "POST")
def hosted(request: HttpRequest, shop: str, form: str) -> HttpResponse:
    """Show a sign-up page of ours (GET), and take what was typed into it (POST)."""
    one = open_form(shop, form)
    if one is None:
        return notice(language_of(request), "no_form", status=404)
    now = clock.now()
    language = language_of(request, said(posted(request), "shown") or request.GET.get("lang", "")[:35])
    if request.method != "POST":
        return _form(request, one, language, now)
    # Our own page sends no origin (its referrer policy), so another site's is told by the signed time it cannot have.
    if request.headers.get("origin", "null") != "null" and not origin_allowed(request, one.form.origins, one.base):
        return notice(language, "other_site", brand=one.brand, status=403)
    sent = posted(request)
    answer = take(request, one, _plain(sent), language, now, stamp=said(sent, "began"))
    return _page(request, one, answer, language, now)


@page("POST", "OPTIONS")
def subscribe(request: HttpRequest, shop: str, form: str) -> HttpResponse:
    """Take what was typed into an embedded form, or sent as JSON by a program. Answers JSON to whoever asks for it."""
    one = open_form(shop, form)
    language = language_of(request)
    if one is None:
        return _json(404, {"ok": False}) if _wants_json(request) else notice(language, "no_form", status=404)
    now = clock.now()
    if not origin_allowed(request, one.form.origins, one.base):
        # Without the headers that would let a script read it.
        return notice(language, "other_site", brand=one.brand, status=403)
    if request.method == "OPTIONS":
        return _shared(request, guarded(HttpResponse(status=204)))
    given = _given(request)
    if given is None:
        return _shared(request, _json(400, {"ok": False, "message": "Send a form, or a JSON object of its fields."}))
    language = language_of(request, _tag(given.get("shown")) or _tag(given.get("language")))
    answer = take(request, one, given, language, now, stamp=None)
    if not _wants_json(request):
        return _page(request, one, answer, language, now)
    known = texts(language, "sign_up", brand=one.brand)
    problems = {name: known[key] for name, key in answer.problems.items()}
    if not problems:
        done = texts(language, "look", brand=one.brand)
        return _shared(request, _json(200, {"ok": True, "title": done["title"], "message": done["text"]}))
    status = 429 if "busy" in answer.problems.values() else 400
    body = {"ok": False, "message": next(iter(problems.values())), "problems": problems}
    return _shared(request, _json(status, body))


@page("GET", "HEAD")
def script(request: HttpRequest, shop: str, form: str) -> HttpResponse:
    """Return the little script that sends an embedded form without leaving its page. The same for every form."""
    text = files("saleor_mailflow.messages").joinpath("templates/pages/form.js").read_text(encoding="utf-8")
    answer = guarded(HttpResponse(text, content_type="text/javascript; charset=utf-8"))
    answer["Cache-Control"] = "public, max-age=3600"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def take(
    request: HttpRequest, one: OpenForm, given: Mapping[str, Any], language: str, now: datetime, *, stamp: str | None
) -> Read:
    """Note the wish unless something is wrong with it; ``problems`` of the answer say what a person can mend.

    ``given`` is what was typed, by field. ``stamp`` is the signed time of a page of ours, None where there is none. Who
    fills in a field that people do not see, and an address that is known, hear what everybody hears.
    """
    if str(given.get(TRAP) or ""):
        # A program: it is told what everybody is told.
        return Read()
    if too_many(request, one.shop.pk, now):
        return Read(problems={"form": "busy"})
    read = read_fields(one, given, now)
    if read.problems:
        return read
    if stamp is not None and not waited(one, stamp, now):
        return Read(data=read.data, problems={"form": "once_more"})
    wording = wording_shown(one, str(given.get("wording") or ""), language, now)
    if wording is None:
        return Read(data=read.data, problems={"consent": "changed"})
    wish = sign_up.read_wish(
        {**read.data, "language": _tag(given.get("language")) or language},
        topics=[topic.key for topic in one.topics],
        known=one.known,
    )
    if wish is not None:
        sign_up.ask(
            one.shop.pk,
            wish,
            form=one.row,
            entity=one.settings.entity(one.row.channel),
            channel=one.row.channel,
            source=f"form {one.row.key}",
            wording=wording,
            now=now,
        )
    return read


def _form(request: HttpRequest, one: OpenForm, language: str, now: datetime, read: Read | None = None) -> HttpResponse:
    shown = facts(one, language, now, read)
    here = f"s/{quote(one.shop.domain, safe=':')}/{quote(one.row.key)}/"
    status = 200 if read is None else 429 if "busy" in read.problems.values() else 400
    choices = [{"key": key, "label": own_name(key), "on": key == language} for key in LANGUAGES]
    more = {"action": up(request, 3) + here, "languages": choices}
    return show("sign_up", language, "sign_up", brand=one.brand, facts={**shown, **more}, status=status)


def _page(request: HttpRequest, one: OpenForm, answer: Read, language: str, now: datetime) -> HttpResponse:
    if answer.problems:
        return _form(request, one, language, now, answer)
    return notice(language, "look", brand=one.brand)


def _given(request: HttpRequest) -> Mapping[str, Any] | None:
    """Return what was sent, as JSON or as a form; None where it is neither."""
    if request.content_type != "application/json":
        return _plain(posted(request))
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not length.isdigit() or int(length) > LONGEST_FORM:
        return None
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _plain(form: QueryDict) -> dict[str, Any]:
    return {**{key: said(form, key) for key in form}, "topics": form.getlist("topics")}


def _tag(value: object) -> str:
    """Return a language tag, "" for anything else."""
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else ""


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "application/json" in request.headers.get("accept", "")


def _json(status: int, body: Mapping[str, Any]) -> HttpResponse:
    return guarded(JsonResponse(dict(body), status=status))


def _shared(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Let the script of the site that asked read an answer; its site was looked at before."""
    answer["Vary"] = "Origin"
    if origin := request.headers.get("origin"):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = "Content-Type, Accept"
        answer["Access-Control-Max-Age"] = "600"
    return answer
