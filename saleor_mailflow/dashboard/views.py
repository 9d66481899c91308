"""The app inside the Dashboard: one page for every address below it, and the files that the page loads.

Refuses to put anything into the page: the first request comes without a token, so it holds no data and is the same for
everybody. What the page shows it asks the API for, with the token that the Dashboard hands it.
"""

from __future__ import annotations

from html import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

from saleor_mailflow.dashboard.assets import assets, shell
from saleor_mailflow.dashboard.policy import screens

_FOR_EVER = "public, max-age=31536000, immutable"
_READ = ("GET", "HEAD")


def mount_of(request: HttpRequest, rest: str) -> str:
    """Return the path at which the app begins, without a final slash; ``rest`` is what follows it in this request.

    Everything the page loads is named by its whole path: the Dashboard may open the app below addresses of its own.
    """
    path = request.path
    return (path[: len(path) - len(rest)] if rest else path).rstrip("/")


def base_of(mount: str) -> str:
    """Return the path below which all our addresses lie, where the app is mounted at ``mount``."""
    return mount.removesuffix("/app")


@login_not_required
def app(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer with the page of the screens, whatever screen the address names."""
    if request.method not in _READ:
        return screens(HttpResponseNotAllowed(_READ))
    mount = mount_of(request, rest)
    base = base_of(mount)
    demo = f"{base}/demo-token" if getattr(settings, "MAILFLOW_DEMO_TOKEN", "") else ""
    page = shell()
    for name, value in (("mount", mount), ("graphql", f"{base}/graphql/"), ("demo", demo)):
        page = page.replace("{{" + name + "}}", escape(value))
    return screens(HttpResponse(page))


@login_not_required
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a file of the app. Its name changes with its content, so browsers keep it for ever."""
    if request.method not in _READ:
        return HttpResponseNotAllowed(_READ)
    found = assets().get(name)
    if found is None:
        raise Http404("There is no such file.")
    # Whole: they are small, and Saleor's plugin door passes no streams on.
    answer = HttpResponse(found.path.read_bytes(), content_type=found.type)
    answer["Cache-Control"] = _FOR_EVER
    answer["X-Content-Type-Options"] = "nosniff"
    # An SVG opened by itself is a page; it may do nothing.
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer
