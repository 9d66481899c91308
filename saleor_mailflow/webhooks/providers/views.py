"""The door for delivery events: POST in, recorded, answered. Open while the plugin is off or MAILFLOW_DISABLED is set.

Refuses whoever does not know the shop's secret address, then whoever has not the user and password or the signature
that the settings ask for, then what is no event. Nothing is written before all of that is right.

Providers try again after anything but a 2xx: what may be well in a minute is a 503, what never will be a 4xx.
"""

from __future__ import annotations

import logging

import django.db
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow import clock
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import ConfigurationError, WebhookRefused, blame
from saleor_mailflow.messages.compose import link_base
from saleor_mailflow.messages.options import Options
from saleor_mailflow.messages.providers import SIGNING_KEY, TELLING, TOPIC, provider_name
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.webhooks.providers.address import claimed_shop, keys_of, opens
from saleor_mailflow.webhooks.providers.post import Post, read_post
from saleor_mailflow.webhooks.providers.read import read_events
from saleor_mailflow.webhooks.providers.record import Recorded, record_events
from saleor_mailflow.webhooks.providers.signatures import SIGNING, basic_auth_right, check_signature
from saleor_mailflow.webhooks.providers.sns import open_envelope

logger = logging.getLogger("saleor_mailflow.webhooks")

RETRY_AFTER_S = 60


@csrf_exempt
@login_not_required
def provider_events(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Take in what ``provider`` says; GET and HEAD say that the address is right, as some providers ask beforehand."""
    try:
        if request.method not in {"POST", "GET", "HEAD"}:
            raise WebhookRefused(405, "Delivery events are sent with POST.")
        shop, settings = _shop(provider, secret)
        if request.method != "POST":
            return HttpResponse("Delivery events are taken in here.\n", content_type="text/plain; charset=utf-8")
        post = read_post(request, provider, address=f"{link_base(shop, settings)}/provider/{provider}/{secret}/")
        recorded = _take_in(post, shop, settings)
    except WebhookRefused as refused:
        return _refuse(provider, refused)
    except ConfigurationError as error:
        logger.error("Delivery events cannot be taken in: %s They will be sent again.", error)
        return _refuse(provider, WebhookRefused(503, "The settings here need mending. Send it again later."))
    except django.db.Error as error:
        logger.error("Delivery events could not be recorded: %s. They will be sent again.", blame(error))
        return _refuse(provider, WebhookRefused(503, "The events could not be recorded now. Send them again."))
    return JsonResponse({"recorded": recorded.new, "not_ours": recorded.strange})


def _shop(provider: str, secret: str) -> tuple[Shop, ShopSettings]:
    """Return whose address this is. Raises WebhookRefused (404), the same for any reason."""
    shop = Shop.objects.filter(pk=claimed_shop(secret)).first()
    settings = settings_of(shop) if shop is not None else ShopSettings()
    shop_id, salt = (shop.pk if shop is not None else 0), Options(settings.provider_options).raw("webhook_path")
    keys = keys_of(shop_id)
    right = opens(secret, provider=provider, shop_id=shop_id, keys=keys, salt=salt)
    if shop is None or not right or provider not in TELLING:
        raise WebhookRefused(404, "There is nothing here. Copy the address again from `mailflow doctor`.")
    return shop, settings


def _take_in(post: Post, shop: Shop, settings: ShopSettings) -> Recorded:
    # Signing keys belong to the provider in use; of one used before, late words still come, by the secret address.
    options = Options(settings.provider_options if provider_name(settings.provider) == post.provider else {})
    now = clock.now()
    allowed = Options(settings.provider_options).text("webhook_secret")
    if allowed and not basic_auth_right(post, allowed):
        raise WebhookRefused(401, "User and password are missing or wrong (provider_options.webhook_secret).")
    once = None
    key = options.text("api_key" if post.provider == "unisender_go" else SIGNING_KEY)
    if key and post.provider in SIGNING:
        once = check_signature(post, key, now)
    if post.provider == "amazon_ses" and not open_envelope(post, now, topics=options.text(TOPIC)):
        return Recorded(new=0, strange=0)
    said = read_events(post)
    if not said and once is None:
        return Recorded(new=0, strange=0)
    return record_events(shop.pk, post.provider, said, now, once=once)


def _refuse(provider: str, refused: WebhookRefused) -> HttpResponse:
    known = provider if provider in TELLING else "an unknown provider"
    logger.warning("A post of %s was refused with %d: %s", known, refused.status, refused)
    answer = JsonResponse({"error": str(refused)}, status=refused.status)
    if refused.status == 401:
        # Amazon sends user and password only when asked for them.
        answer["WWW-Authenticate"] = 'Basic realm="delivery events"'
    if refused.status == 405:
        answer["Allow"] = "GET, HEAD, POST"
    if refused.status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer
