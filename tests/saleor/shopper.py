"""Somebody in a shop, doing what a storefront does: through Saleor's GraphQL and nothing else."""

from __future__ import annotations

import base64
from typing import Any

from saleor.graphql.tests.utils import get_graphql_content

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Marlow",
    "streetAddress1": "Hauptstr. 1",
    "city": "Berlin",
    "postalCode": "10115",
    "country": "DE",
}
ERRORS = "errors { field message code }"


def gid(kind: str, pk: object) -> str:
    """Return the global id of a row."""
    return base64.b64encode(f"{kind}:{pk}".encode()).decode()


def call(client: Any, query: str, permissions: Any = None, **variables: Any) -> dict[str, Any]:
    """Run one mutation and return its payload; its errors fail the test."""
    response = client.post_graphql(query, variables, permissions=permissions, check_no_permissions=False)
    (payload,) = get_graphql_content(response)["data"].values()
    assert not payload["errors"], payload["errors"]
    return payload


class Shopper:
    """A guest or the owner of an account, with at most one checkout in hand."""

    def __init__(self, client: Any, channel: str) -> None:
        self.client = client
        self.channel = channel
        self.token = ""

    @property
    def checkout_id(self) -> str:
        return gid("Checkout", self.token)

    def put(self, variant: Any, quantity: int = 1, email: str | None = None, language: str = "EN") -> str:
        """Begin a checkout; return its token."""
        given = {
            "channel": self.channel,
            "lines": [{"variantId": gid("ProductVariant", variant.pk), "quantity": quantity}],
            "languageCode": language,
        }
        if email is not None:
            given["email"] = email
        payload = call(
            self.client,
            "mutation($input: CheckoutCreateInput!) "
            f"{{ checkoutCreate(input: $input) {{ {ERRORS} checkout {{ token }} }} }}",
            input=given,
        )
        self.token = payload["checkout"]["token"]
        return self.token

    def add(self, variant: Any, quantity: int = 1) -> None:
        """Put more in."""
        call(
            self.client,
            "mutation($id: ID!, $lines: [CheckoutLineInput!]!) "
            f"{{ checkoutLinesAdd(id: $id, lines: $lines) {{ {ERRORS} "
            "checkout { totalPrice { gross { amount } } } } }",
            id=self.checkout_id,
            lines=[{"variantId": gid("ProductVariant", variant.pk), "quantity": quantity}],
        )

    def empty(self) -> None:
        """Take everything out."""
        content = get_graphql_content(
            self.client.post_graphql("query($id: ID!) { checkout(id: $id) { lines { id } } }", {"id": self.checkout_id})
        )
        call(
            self.client,
            f"mutation($id: ID!, $lines: [ID!]!) {{ checkoutLinesDelete(id: $id, linesIds: $lines) {{ {ERRORS} }} }}",
            id=self.checkout_id,
            lines=[line["id"] for line in content["data"]["checkout"]["lines"]],
        )

    def say_email(self, email: str) -> None:
        """Type an address into the checkout."""
        call(
            self.client,
            f"mutation($id: ID!, $email: String!) {{ checkoutEmailUpdate(id: $id, email: $email) {{ {ERRORS} }} }}",
            id=self.checkout_id,
            email=email,
        )

    def note(self, key: str, value: str) -> None:
        """Leave metadata on the checkout, as a storefront's consent box does."""
        call(
            self.client,
            f"mutation($id: ID!, $m: [MetadataInput!]!) {{ updateMetadata(id: $id, input: $m) {{ {ERRORS} }} }}",
            id=self.checkout_id,
            m=[{"key": key, "value": value}],
        )

    def say_address(self) -> None:
        """Enter the billing address, all that goods without shipping ask for."""
        call(
            self.client,
            "mutation($id: ID!, $a: AddressInput!) "
            f"{{ checkoutBillingAddressUpdate(id: $id, billingAddress: $a) {{ {ERRORS} }} }}",
            id=self.checkout_id,
            a=ADDRESS,
        )

    def complete(self) -> str:
        """Buy; return the order's id (a UUID)."""
        payload = call(
            self.client,
            f"mutation($id: ID!) {{ checkoutComplete(id: $id) {{ {ERRORS} order {{ id }} }} }}",
            id=self.checkout_id,
        )
        return base64.b64decode(payload["order"]["id"]).decode().partition(":")[2]

    def buy(self) -> str:
        """Enter the address and buy; return the order's id."""
        self.say_address()
        return self.complete()
