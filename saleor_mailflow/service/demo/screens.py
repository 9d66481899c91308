"""The demo's way into the Dashboard's screens: its own token, for its own page. Refuses every other page's asking."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Return the token that was made when the demo began. A page from elsewhere may neither ask nor read it."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return HttpResponse("Only the demo's own page may ask.", status=403, content_type="text/plain; charset=utf-8")
    # The demo's settings alone have one.
    answer = JsonResponse({"token": getattr(settings, "MAILFLOW_DEMO_TOKEN", "")})
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
