"""Addresses of our own, served standalone and, inside Saleor, below the plugin's address. Refuses to name people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow.dashboard.views import app, asset
from saleor_mailflow.pages.click import click, opened
from saleor_mailflow.pages.confirm import confirm
from saleor_mailflow.pages.preferences import preferences
from saleor_mailflow.pages.restore import restore
from saleor_mailflow.pages.sign_up import hosted, script, subscribe
from saleor_mailflow.pages.unsubscribe import unsubscribe
from saleor_mailflow.webhooks import views as webhooks
from saleor_mailflow.webhooks.providers.views import provider_events

_FORM = r"(?P<shop>[\w.:-]{1,255})/(?P<form>[-\w]{1,60})"


def graphql(request: HttpRequest) -> HttpResponse:
    """Answer by the API, which is loaded when it is first asked: people's links must work whatever is wrong with it."""
    from saleor_mailflow.graphql.views import api

    return api(request)


def widget(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a widget of the Dashboard. Loaded when first asked for, as the API is."""
    from saleor_mailflow.dashboard import widgets

    views = {"order": widgets.order_widget, "customer": widgets.customer_widget, "home": widgets.home_widget}
    return views[name](request)


urlpatterns: list[URLPattern] = [
    path("graphql/", csrf_exempt(graphql), name="graphql"),
    re_path(r"^app/static/(?P<name>[\w.-]{1,120})$", asset, name="dashboard-asset"),
    re_path(r"^app/widgets/(?P<name>order|customer|home)/?$", csrf_exempt(widget), name="dashboard-widget"),
    re_path(r"^app(?:/(?P<rest>.*))?$", app, name="dashboard"),
    path("webhooks/saleor/", webhooks.saleor, name="saleor-webhooks"),
    re_path(
        r"^provider/(?P<provider>[a-z_]{1,40})/(?P<secret>[^/]{1,100})/?$", provider_events, name="provider-events"
    ),
    # The final slash may get lost on the way through mail programs.
    re_path(r"^u/(?P<token>[^/]{1,300})/?$", unsubscribe, name="unsubscribe"),
    re_path(r"^r/(?P<token>[^/]{1,300})/?$", restore, name="restore"),
    re_path(r"^p/(?P<token>[^/]{1,300})/?$", preferences, name="preferences"),
    re_path(r"^l/(?P<token>[^/]{1,300})/?$", click, name="click"),
    re_path(r"^o/(?P<token>[^/.]{1,300})\.gif$", opened, name="opened"),
    re_path(r"^c/(?P<token>[^/]{1,300})/?$", confirm, name="confirm"),
    re_path(rf"^s/{_FORM}/?$", hosted, name="sign-up"),
    re_path(rf"^s/{_FORM}/form\.js$", script, name="sign-up-script"),
    re_path(rf"^subscribe/{_FORM}/?$", subscribe, name="subscribe"),
]
