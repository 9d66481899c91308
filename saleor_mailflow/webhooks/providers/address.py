"""Where a provider posts its delivery events, one secret address for each shop and provider.

Refuses to be guessed, and to break when a link key is rotated: the newest key makes the address, every one opens it.
The merchant makes old addresses void by changing ``provider_options.webhook_path``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.compose import link_base
from saleor_mailflow.messages.options import Options
from saleor_mailflow.messages.providers import PROVIDERS, TELLING, provider_name
from saleor_mailflow.models import LinkKey, Shop

#: 192 bits, which base64 makes 32 characters without padding.
_MAC_BYTES = 24
_SECRET = re.compile(r"([1-9][0-9]{0,9})-([A-Za-z0-9_-]{32})", re.ASCII)


def keys_of(shop_id: int) -> list[str]:
    """Return the link keys of a shop, newest first. One query."""
    return list(LinkKey.objects.filter(shop_id=shop_id).order_by("-created_at", "-id").values_list("key", flat=True))


def claimed_shop(secret: str) -> int:
    """Return the shop that a secret part says it is for, unproven; 0 where it is no secret part of ours."""
    found = _SECRET.fullmatch(secret)
    return int(found[1]) if found else 0


def opens(secret: str, *, provider: str, shop_id: int, keys: Sequence[str], salt: str) -> bool:
    """Tell whether ``secret`` is this shop's for this provider. Takes the same time however close it comes."""
    found = _SECRET.fullmatch(secret)
    given = found[2] if found else ""
    # A shop without keys still costs one comparison.
    wanted = [_mac(key, provider, shop_id, salt) for key in keys or ["none"]]
    same = [hmac.compare_digest(one.encode(), given.encode()) for one in wanted]
    return bool(keys) and any(same)


def secret_part(*, provider: str, shop_id: int, key: str, salt: str) -> str:
    """Return the secret part of the address, made with one of the shop's keys."""
    return f"{shop_id}-{_mac(key, provider, shop_id, salt)}"


def provider_address(shop: Shop, settings: ShopSettings) -> str:
    """Return the address to enter at the shop's provider, "" where the provider tells nothing by webhook. One query."""
    provider = provider_name(settings.provider)
    if provider not in PROVIDERS or provider not in TELLING:
        return ""
    keys = keys_of(shop.pk)
    if not keys:
        return ""
    salt = Options(settings.provider_options).raw("webhook_path")
    secret = secret_part(provider=provider, shop_id=shop.pk, key=keys[0], salt=salt)
    return f"{link_base(shop, settings)}/provider/{provider}/{secret}/"


def _mac(key: str, provider: str, shop_id: int, salt: str) -> str:
    said = f"mailflow provider 1\0{provider}\0{shop_id}\0{salt}".encode()
    return base64.urlsafe_b64encode(hmac.digest(key.encode(), said, hashlib.sha256)[:_MAC_BYTES]).decode()
