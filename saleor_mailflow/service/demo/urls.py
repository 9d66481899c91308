"""Addresses of the demo: the service's own, the door with the recorded key set behind it, and pages to look at."""

from __future__ import annotations

from django.urls import include, path, re_path

from saleor_mailflow.service.demo import pages, scene, screens
from saleor_mailflow.webhooks.views import door

_MAIL = r"^mails/(?P<uuid>[0-9a-f-]{36})/"

urlpatterns = [
    path("webhooks/saleor/", door(fetch=scene.key_set)),
    path("", pages.index),
    path("people", pages.people_part),
    path("summary", pages.summary_part),
    re_path(_MAIL + "$", pages.letter_page),
    re_path(_MAIL + "part$", pages.letter_part),
    re_path(_MAIL + "html$", pages.letter_html),
    re_path(_MAIL + "text$", pages.letter_text),
    path("storefront/", pages.storefront),
    path("demo-token", screens.token),
    re_path(r"^(?P<name>demo)\.(?P<kind>css|js)$", pages.asset),
    re_path(r"^pictures/(?P<name>[a-z]+)\.(?P<kind>svg)$", pages.asset),
    path("", include("saleor_mailflow.urls")),
]
