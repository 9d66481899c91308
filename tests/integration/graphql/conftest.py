"""A shop, its own API behind a port, and a way to ask ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from saleor_mailflow.graphql import remote
from saleor_mailflow.models import LinkKey, Shop
from tests.integration.graphql.shop_door import ShopDoor, shop_door

ALL = ("MANAGE_PLUGINS", "MANAGE_ORDERS", "MANAGE_USERS")


@pytest.fixture(scope="session")
def _door() -> Iterator[ShopDoor]:
    with shop_door() as door:
        yield door


@pytest.fixture
def door(_door: ShopDoor) -> Iterator[ShopDoor]:
    """The shop's own API, which knows nobody yet."""
    _door.people.clear()
    _door.apps.clear()
    _door.asked = _door.broken = 0
    remote.forget()
    yield _door
    remote.forget()


@pytest.fixture
def shop(db: None, door: ShopDoor) -> Shop:
    """The only shop of this service."""
    made = Shop.objects.create(
        domain="northmill.example",
        api_url=door.url,
        road=Shop.Road.APP,
        settings={"sender_email": "hello@northmill.example", "provider": "console", "link_host": "https://m.example"},
    )
    LinkKey.objects.create(shop=made)
    return made


class Api:
    """Our API, asked over HTTP."""

    def __init__(self, token: str = "", **cookies: str) -> None:
        self.client = Client()
        self.client.cookies.load(cookies)
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def post(self, query: str, **variables: Any) -> Any:
        """Return the response."""
        body = {"query": query, "variables": variables}
        return self.client.post("/graphql/", body, content_type="application/json", headers=self.headers)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data; there must be no errors."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        return dict(answer["data"])

    def refused(self, query: str, **variables: Any) -> list[str]:
        """Return the codes of the errors."""
        answer = self.post(query, **variables).json()
        return [error["extensions"]["exception"]["code"] for error in answer.get("errors", [])]


@pytest.fixture
def api(shop: Shop, door: ShopDoor) -> Api:
    """Our API, asked by somebody of the shop who may do everything here."""
    return Api(door.staff(*ALL))
