"""Somebody who works in the shop: orders, vouchers and imports through Saleor's GraphQL, flows and offers through ours.

Refuses to write a row of its own: what the API will not do, a merchant cannot do either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.test import Client
from saleor.core.jwt import create_access_token
from saleor.graphql.tests.utils import get_graphql_content
from shopper import ADDRESS, ERRORS, call, gid

OURS = "/plugins/saleor.mailflow/graphql/"
WRONG = "errors { field message }"


class Clerk:
    """Somebody who may everything."""

    def __init__(self, client: Any, channel: Any, warehouse: Any) -> None:
        self.client = client
        self.channel = channel
        self.warehouse = warehouse

    # Saleor

    def mark_paid(self, order_id: str) -> None:
        """Say that the money came, by bank transfer say."""
        call(
            self.client,
            f"mutation($id: ID!) {{ orderMarkAsPaid(id: $id) {{ {ERRORS} }} }}",
            id=gid("Order", order_id),
        )

    def take_money(self, order_id: str, amount: int) -> str:
        """Note a payment of an order as a transaction; return the transaction's global id."""
        made = call(
            self.client,
            "mutation($id: ID!, $given: TransactionCreateInput!) "
            f"{{ transactionCreate(id: $id, transaction: $given) {{ {ERRORS} transaction {{ id }} }} }}",
            id=gid("Order", order_id),
            given={"name": "Bank", "amountCharged": {"amount": str(amount), "currency": self.channel.currency_code}},
        )
        return str(made["transaction"]["id"])

    def give_back(self, transaction: str, amount: int) -> None:
        """Note that the money of a transaction went back."""
        money = {"currency": self.channel.currency_code}
        call(
            self.client,
            "mutation($id: ID!, $given: TransactionUpdateInput!) "
            f"{{ transactionUpdate(id: $id, transaction: $given) {{ {ERRORS} }} }}",
            id=transaction,
            given={"amountCharged": {"amount": "0", **money}, "amountRefunded": {"amount": str(amount), **money}},
        )

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        call(self.client, f"mutation($id: ID!) {{ orderCancel(id: $id) {{ {ERRORS} }} }}", id=gid("Order", order_id))

    def fulfil(self, order_id: str) -> None:
        """Send everything of an order, and tell the customer."""
        lines = [
            {
                "orderLineId": line["id"],
                "stocks": [{"quantity": line["quantity"], "warehouse": gid("Warehouse", self.warehouse.pk)}],
            }
            for line in self._order(order_id)["lines"]
        ]
        call(
            self.client,
            "mutation($order: ID!, $input: OrderFulfillInput!) "
            f"{{ orderFulfill(order: $order, input: $input) {{ {ERRORS} }} }}",
            order=gid("Order", order_id),
            input={"lines": lines, "notifyCustomer": True, "allowStockToBeExceeded": True},
        )

    def take_back(self, order_id: str) -> None:
        """Take everything back that was sent."""
        sent = [line for one in self._order(order_id)["fulfillments"] for line in one["lines"]]
        call(
            self.client,
            "mutation($order: ID!, $input: OrderReturnProductsInput!) "
            f"{{ orderFulfillmentReturnProducts(order: $order, input: $input) {{ {ERRORS} }} }}",
            order=gid("Order", order_id),
            input={"fulfillmentLines": [{"fulfillmentLineId": one["id"], "quantity": one["quantity"]} for one in sent]},
        )

    def voucher(self, percent: int, *, start: datetime) -> str:
        """Make a voucher of so many percent, valid from ``start``; return its global id."""
        made = call(
            self.client,
            f"mutation($input: VoucherInput!) {{ voucherCreate(input: $input) {{ {ERRORS} voucher {{ id }} }} }}",
            input={
                "name": "Come back",
                "addCodes": ["BY-HAND"],
                "type": "ENTIRE_ORDER",
                "discountValueType": "PERCENTAGE",
                "singleUse": True,
                "startDate": start.isoformat(),
            },
        )
        voucher: str = made["voucher"]["id"]
        listing = {"channelId": gid("Channel", self.channel.pk), "discountValue": str(percent)}
        call(
            self.client,
            "mutation($id: ID!, $input: VoucherChannelListingInput!) "
            f"{{ voucherChannelListingUpdate(id: $id, input: $input) {{ {ERRORS} }} }}",
            id=voucher,
            input={"addChannels": [listing]},
        )
        return voucher

    def import_orders(self, orders: Sequence[tuple[str, datetime, int]], *variants: Any) -> None:
        """Bring orders of (address, when, what each thing cost) from the shop before this one, done and sent."""
        response = self.client.post_graphql(
            "mutation($orders: [OrderBulkCreateInput!]!) { orderBulkCreate(orders: $orders, stockUpdatePolicy: SKIP, "
            "errorPolicy: REJECT_EVERYTHING) { count results { errors { path message } } errors { path message } } }",
            {"orders": [self._imported(*order, variants) for order in orders]},
        )
        told = get_graphql_content(response)["data"]["orderBulkCreate"]
        assert told["count"] == len(orders), told

    def _imported(self, email: str, at: datetime, price: int, variants: Sequence[Any]) -> dict[str, Any]:
        money = {"gross": str(Decimal(price)), "net": str(Decimal(price))}
        return {
            "channel": self.channel.slug,
            "createdAt": at.isoformat(),
            "status": "FULFILLED",
            "user": {"email": email},
            "billingAddress": ADDRESS,
            "currency": self.channel.currency_code,
            "languageCode": "EN",
            "lines": [
                {
                    "variantId": gid("ProductVariant", variant.pk),
                    "createdAt": at.isoformat(),
                    "isShippingRequired": False,
                    "isGiftCard": False,
                    "quantity": 1,
                    "totalPrice": money,
                    "undiscountedTotalPrice": money,
                    "taxClassId": gid("TaxClass", variant.product.tax_class_id),
                    "warehouse": gid("Warehouse", self.warehouse.pk),
                }
                for variant in variants
            ],
            "fulfillments": [
                {
                    "lines": [
                        {
                            "variantId": gid("ProductVariant", variant.pk),
                            "quantity": 1,
                            "warehouse": gid("Warehouse", self.warehouse.pk),
                            "orderLineIndex": index,
                        }
                        for index, variant in enumerate(variants)
                    ]
                }
            ],
        }

    def _order(self, order_id: str) -> dict[str, Any]:
        response = self.client.post_graphql(
            "query($id: ID!) { order(id: $id) { lines { id quantity } fulfillments { lines { id quantity } } } }",
            {"id": gid("Order", order_id)},
        )
        order: dict[str, Any] = get_graphql_content(response)["data"]["order"]
        return order

    # Ours

    def switch_on(self, *keys: str) -> None:
        """Switch flows on, from now on."""
        for key in keys:
            self.ours(f"mutation($key: String!) {{ flowSwitch(key: $key, mode: LIVE) {{ {WRONG} }} }}", key=key)

    def begin_with(self, key: str, event: str) -> None:
        """Let a flow begin with another event in this channel, as a draft that is then published."""
        draft = self.ours(
            "mutation($key: String!) { flowDraftBegin(key: $key, catalogue: true) "
            f"{{ {WRONG} draft {{ definition revision }} }} }}",
            key=key,
        )["draft"]
        definition = draft["definition"]
        definition = json.loads(definition) if isinstance(definition, str) else definition
        definition["trigger"]["elsewhere"] = {self.channel.slug: event}
        self.ours(
            "mutation($key: String!, $definition: JSONString!, $revision: Int!) { flowDraftSave(key: $key, "
            f"definition: $definition, revision: $revision) {{ {WRONG} }} }}",
            key=key,
            definition=json.dumps(definition),
            revision=draft["revision"],
        )
        self.ours(f"mutation($key: String!) {{ flowDraftPublish(key: $key) {{ {WRONG} }} }}", key=key)

    def offer(self, key: str, voucher: str) -> None:
        """Let a flow's coupon step give codes of this voucher."""
        self.ours(
            "mutation($key: String!, $vouchers: [String!]!) "
            f'{{ offerSave(key: $key, name: "Come back", vouchers: $vouchers) {{ {WRONG} }} }}',
            key=key,
            vouchers=[voucher],
        )

    def look(self, **values: str) -> None:
        """Set how mails look and where their links lead."""
        self.ours(
            f"mutation($values: JSONString!) {{ brandSave(values: $values) {{ {WRONG} }} }}", values=json.dumps(values)
        )

    def ours(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run one mutation of ours and return its payload; its errors fail the test."""
        answer = Client().post(
            OURS,
            json.dumps({"query": query, "variables": variables}),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {create_access_token(self.client.user)}",
        )
        told = answer.json()
        assert "errors" not in told, told["errors"]
        payload: dict[str, Any]
        (payload,) = told["data"].values()
        assert not payload["errors"], payload["errors"]
        return payload
