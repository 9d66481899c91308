"""A shop whose mails left, and the provider that tells what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.models import Contact, Enrollment, Flow, LinkKey, Message, Shop, StepRun
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.webhooks.providers import sns
from saleor_mailflow.webhooks.providers.address import provider_address
from tests.contract.provider_cases import CASES
from tests.provider_posts import CERTIFICATE_URL, KEYS, certificate, signed

NOW = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
HOST = "https://mail.shop.example"


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenClock]:
    """A clock that stands still."""
    frozen = FrozenClock(NOW)
    clock.install(frozen)
    yield frozen
    clock.install(clock.SystemClock())


@pytest.fixture(autouse=True)
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Amazon's hosts, at the HTTP seam: address → text; whatever else is asked for is an error."""
    answers: dict[str, Any] = {CERTIFICATE_URL: certificate()}
    asked: list[str] = []

    def fetch(url: str) -> str:
        asked.append(url)
        return str(answers[url])

    monkeypatch.setattr(sns, "fetch_text", fetch)
    sns.forget()
    yield {"answers": answers, "asked": asked}
    sns.forget()


@dataclass
class Told:
    """One shop, its messages, and a provider with the shop's address."""

    shop: Shop
    flow: Flow
    provider: str
    contacts: dict[str, Contact] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return provider_address(self.shop, settings_of(self.shop)).removeprefix(HOST)

    def contact(self, email: str) -> Contact:
        if email not in self.contacts:
            self.contacts[email] = Contact.objects.create(
                shop=self.shop, email=email, first_seen_at=NOW, updated_at=NOW
            )
        return self.contacts[email]

    def message(self, email: str, *, state: str = "accepted", uuid: UUID | None = None, **more: Any) -> Message:
        contact = self.contact(email)
        assert self.flow.version is not None
        enrollment = Enrollment.objects.create(
            shop=self.shop,
            flow=self.flow,
            version=self.flow.version,
            contact=contact,
            key=f"test:{uuid4()}",
            entered_at=NOW,
            due_at=NOW + timedelta(days=30),
        )
        fields = {
            "flow_key": self.flow.key,
            "step": "reminder",
            "template": "abandoned_checkout/reminder",
            "purpose": "marketing",
            "planned_at": NOW - timedelta(hours=1),
            "due_at": NOW - timedelta(hours=1),
            "expires_at": NOW + timedelta(hours=11),
            "ended_at": NOW - timedelta(minutes=30),
            "provider": self.provider,
            **more,
        }
        if state not in {"planned", "claimed"}:
            fields.setdefault("intent_at", NOW - timedelta(minutes=31))
            fields.setdefault("claimed_at", NOW - timedelta(minutes=32))
        if state == "sending":
            fields |= {"ended_at": None, "lease_until": NOW + timedelta(days=3650)}
        if state == "unknown":
            fields["reason"] = "unknown"
        StepRun.objects.create(enrollment=enrollment, step="reminder", outcome="send", at=NOW - timedelta(hours=1))
        return Message.objects.create(
            uuid=uuid or uuid4(), shop=self.shop, enrollment=enrollment, contact=contact, state=state, **fields
        )

    def post(self, raw: bytes, headers: Mapping[str, str], path: str = "") -> Any:
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        kind = headers.get("Content-Type", "application/json")
        return Client().post(path or self.path, raw, content_type=kind, headers=kept)

    def tell(self, found: object, **how: Any) -> Any:
        """Post ``found`` as the provider would, signed now."""
        raw, headers = signed(self.provider, found, now=clock.now(), url=HOST + self.path, **how)
        return self.post(raw, headers)


Make = Callable[..., Told]


@pytest.fixture
def told(db: None) -> Make:
    """Makes a shop that uses a provider, with the provider's webhook key entered where it signs with one."""

    def make(provider: str, *, domain: str = "shop.example", **options: str) -> Told:
        fields = dict(CASES[provider].fields) if provider in CASES else {"region_name": "eu-west-1"}
        if provider in KEYS and provider != "unisender_go":
            fields["signing_key"] = KEYS[provider]
        fields |= options
        settings = {
            "provider": provider,
            "provider_options": fields,
            "link_host": HOST,
            "sender_email": "a@shop.example",
        }
        shop = Shop.objects.create(
            domain=domain, api_url=f"https://{domain}/graphql/", road=Shop.Road.APP, settings=settings
        )
        LinkKey.objects.create(shop=shop)
        return Told(shop, set_mode(shop, "abandoned_checkout", "live", at=NOW - timedelta(days=1)), provider)

    return make
