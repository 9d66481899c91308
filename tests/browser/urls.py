"""The service's own addresses and the demo's way to a token, so that the screens open without a Dashboard."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


def token(request: HttpRequest) -> JsonResponse:
    """Hand out the token."""
    return JsonResponse({"token": settings.MAILFLOW_DEMO_TOKEN})


urlpatterns = [path("demo-token", csrf_exempt(token)), path("", include("saleor_mailflow.urls"))]
