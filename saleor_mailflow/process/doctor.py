"""Look at everything around us that mail depends on. Refuses to change anything, and to call a guess a fact."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from saleor_mailflow import host
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.catalog.added import loaded, problems
from saleor_mailflow.messages.compose import link_base
from saleor_mailflow.messages.options import Options
from saleor_mailflow.messages.providers import SIGNING_KEY, TELLING, provider_name
from saleor_mailflow.models import Heartbeat, Shop
from saleor_mailflow.process.deliveries import heard_from
from saleor_mailflow.process.health import health_of
from saleor_mailflow.vault import PREFIX, has_lasting_key
from saleor_mailflow.webhooks.providers.address import provider_address

#: A public resolver may be far away; nobody wants to wait longer than this for a hint.
DNS_SECONDS = 3.0


class Grade(StrEnum):
    """How a check came out."""

    FINE = "fine"
    #: Works, but a person should look.
    HINT = "hint"
    #: Mail does not go out, or should not, until it is mended.
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: what was looked at, how it came out, what was seen and what to do."""

    check: str
    grade: Grade
    text: str


def examine(shop: Shop, settings: ShopSettings, now: datetime) -> list[Finding]:
    """Return every finding, worst first."""
    found = [
        *_set_up(shop, settings, now),
        _public_address(shop, settings),
        *secret_findings(shop),
        *delivery_findings(shop, settings),
        *_saleor(),
        *added_findings(),
        *_sender_domain(settings.sender_email.rpartition("@")[2]),
    ]
    order = [Grade.BROKEN, Grade.HINT, Grade.FINE]
    return sorted(found, key=lambda finding: order.index(finding.grade))


def _set_up(shop: Shop, settings: ShopSettings, now: datetime) -> list[Finding]:
    health = health_of(shop, settings, now)
    found = [Finding(check=problem.key, grade=Grade.BROKEN, text=problem.text) for problem in health.problems]
    if "beat" in health.ticked_by or "run" in health.ticked_by:
        who = ", ".join(f"{name} {seconds} s ago" for name, seconds in health.ticked_by.items())
        found.append(Finding(check="tick", grade=Grade.FINE, text=f"Ticked by {who}."))
    return found or [Finding(check="settings", grade=Grade.FINE, text="Nothing is missing.")]


def _public_address(shop: Shop, settings: ShopSettings) -> Finding:
    base = link_base(shop, settings)
    parts = urlsplit(base)
    local = (parts.hostname or "") in {"", "localhost", "127.0.0.1", "::1"}
    if local:
        text = (
            f"Links in mails begin with {base or 'nothing'}, which no customer can open: set PUBLIC_URL or link_host."
        )
        return Finding(check="public address", grade=Grade.HINT, text=text)
    if parts.scheme != "https":
        text = f"Links in mails begin with {base}: one-click unsubscribe (RFC 8058) needs https."
        return Finding(check="public address", grade=Grade.BROKEN, text=text)
    return Finding(check="public address", grade=Grade.FINE, text=f"Links in mails begin with {base}.")


def secret_findings(shop: Shop) -> list[Finding]:
    """Return that a shop's secrets are sealed with a key that is no secret, nothing where they are not."""
    if has_lasting_key() or PREFIX not in json.dumps(shop.settings):
        return []
    text = (
        "Passwords and keys are sealed with a key that everybody knows, or that the next start will not have. Set "
        "MAILFLOW_SECRET_KEY to a long random text for every process, then enter them anew."
    )
    return [Finding(check="secret key", grade=Grade.HINT, text=text)]


def delivery_findings(shop: Shop, settings: ShopSettings) -> list[Finding]:
    """Return whether the provider tells us what becomes of mails, and the address to enter there where it does not."""
    provider, check = provider_name(settings.provider), "delivery events"
    if provider in {"", "console"}:
        return []
    if provider not in TELLING:
        text = f"{provider} does not tell by webhook what becomes of mails: returned mail and complaints stay unknown."
        return [Finding(check=check, grade=Grade.HINT, text=text)]
    address = provider_address(shop, settings)
    last = Heartbeat.objects.filter(name=heard_from(provider, shop.pk)).first()
    if last is None:
        text = f"{provider} has told nothing yet. Enter this secret address there as a webhook: {address}"
        found = [Finding(check=check, grade=Grade.HINT, text=text)]
    else:
        text = f"{provider} last told something on {last.at:%Y-%m-%d at %H:%M} UTC, at {address}"
        found = [Finding(check=check, grade=Grade.FINE, text=text)]
    if TELLING[provider] and not Options(settings.provider_options).raw(SIGNING_KEY):
        text = f"{provider} signs its webhooks: enter its webhook signing key, and nobody else can speak for it."
        found.append(Finding(check="webhook signature", grade=Grade.HINT, text=text))
    return found


def _saleor() -> list[Finding]:
    if not host.inside_saleor():
        return []
    found = []
    if host.has_broker():
        found.append(Finding(check="broker", grade=Grade.FINE, text="Celery has a broker; beat brings the ticks."))
    else:
        text = "Celery has no broker, so nothing ticks by itself: run “manage.py mailflow run” as a service."
        found.append(Finding(check="broker", grade=Grade.HINT, text=text))
    overlap = host.customer_mail_channels()
    if overlap:
        text = (
            f"Saleor's own customer mail is on in {', '.join(overlap)}: it sends order mail, we send flows. "
            "They do not repeat each other now; keep it in mind before switching on order mail here."
        )
        found.append(Finding(check="Saleor's customer mail", grade=Grade.HINT, text=text))
    return found


def added_findings() -> list[Finding]:
    """Return what became of flows that other packages bring, as this process found them when it began."""
    check = "flow packages"
    found = [Finding(check=check, grade=Grade.BROKEN, text=problem) for problem in problems()]
    return found + [
        Finding(check=check, grade=Grade.FINE, text=f"The package “{name}” brings {', '.join(keys)}.")
        for name, keys in loaded().items()
    ]


def _sender_domain(domain: str) -> list[Finding]:
    if not domain:
        return []
    wanted: list[tuple[str, str, str, Callable[[str], bool]]] = [
        ("SPF", domain, f'a TXT record at {domain} such as "v=spf1 include:<your provider> ~all"', _begins("v=spf1")),
        (
            "DMARC",
            f"_dmarc.{domain}",
            f'a TXT record at _dmarc.{domain} such as "v=DMARC1; p=none"',
            _begins("v=DMARC1"),
        ),
    ]
    found = [_txt(name, at, advice, fits) for name, at, advice, fits in wanted]
    text = (
        f"DKIM cannot be looked up without its selector: your provider tells you which record to add for {domain}. It "
        "must sign List-Unsubscribe and List-Unsubscribe-Post too (RFC 8058)."
    )
    return [*found, Finding(check="DKIM", grade=Grade.HINT, text=text)]


def _begins(prefix: str) -> Callable[[str], bool]:
    return lambda text: text.lower().startswith(prefix.lower())


def _txt(name: str, at: str, advice: str, fits: Callable[[str], bool]) -> Finding:
    try:
        resolver = dns.resolver.Resolver()
        resolver.lifetime = DNS_SECONDS
        texts = [b"".join(record.strings).decode(errors="replace") for record in resolver.resolve(at, "TXT")]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        texts = []
    except (dns.exception.DNSException, OSError) as error:
        text = f"Could not be looked up from here ({type(error).__name__}). There should be {advice}."
        return Finding(check=name, grade=Grade.HINT, text=text)
    good = [text for text in texts if fits(text)]
    if good:
        return Finding(check=name, grade=Grade.FINE, text=f"{at}: {good[0][:120]}")
    return Finding(check=name, grade=Grade.HINT, text=f"Nothing found. Gmail and Yahoo ask for {advice}.")
