"""Each thing that happens in the shop leaves one row, whichever of Saleor's mutations made it happen."""

from __future__ import annotations

import inspect

import pytest
from saleor.account.models import User
from saleor.order.models import Order
from saleor.plugins.manager import get_plugins_manager
from shopper import ERRORS, call, gid

from saleor_mailflow.models import Event
from saleor_mailflow.plugin import MailflowPlugin

pytestmark = pytest.mark.django_db


def kinds(rows) -> list[str]:
    return [kind for kind, *_ in rows]


def test_nothing_is_recorded_before_the_shop_has_its_row(guest, goods):
    guest.put(goods, email="ada@example.com")
    assert not Event.objects.exists()


def test_nothing_is_recorded_while_the_plugin_is_off(
    guest, goods, recorded, staff_api_client, permission_manage_plugins
):
    call(
        staff_api_client,
        'mutation { pluginUpdate(id: "saleor.mailflow", input: {active: false}) { errors { field message code } } }',
        permissions=[permission_manage_plugins],
    )
    guest.put(goods, email="ada@example.com")
    assert recorded() == []


def test_nothing_is_recorded_when_the_environment_says_so(guest, goods, recorded, monkeypatch):
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    guest.put(goods, email="ada@example.com")
    assert recorded() == []


def test_a_checkout_keeps_one_row_however_often_it_changes(guest, goods, recorded):
    token = guest.put(goods)
    assert recorded() == [("checkout.created", f"checkout:{token}", token, 1)]
    guest.add(goods, 2)
    guest.say_email("ada@example.com")
    guest.note("newsletter", "yes")
    guest.empty()
    ((kind, key, subject, generation),) = recorded()
    assert (kind, key, subject) == ("checkout.updated", f"checkout:{token}", token)
    assert generation >= 5


def test_a_purchase_records_each_of_its_facts_once(guest, goods, recorded):
    guest.put(goods, email="ada@example.com")
    order = guest.buy()
    facts = [row for row in recorded() if row[0].startswith("order.")]
    assert ("order.created", f"order.created:{order}", order, 1) in facts
    assert ("order.confirmed", f"order.confirmed:{order}", order, 1) in facts
    assert {subject for _, _, subject, _ in facts} == {order}
    assert {generation for *_, generation in facts} == {1}


def test_an_order_marked_as_paid_says_fully_paid(
    guest, goods, recorded, staff_api_client, permission_group_manage_orders
):
    permission_group_manage_orders.user_set.add(staff_api_client.user)
    guest.put(goods, email="ada@example.com")
    order = guest.buy()
    call(
        staff_api_client,
        f"mutation($id: ID!) {{ orderMarkAsPaid(id: $id) {{ {ERRORS} }} }}",
        id=gid("Order", order),
    )
    assert kinds(recorded()).count("order.fully_paid") == 1
    assert Order.objects.get(pk=order).charge_status == "full"


def fulfil(staff_api_client, order, warehouse, **more):
    """Send one line of an order, as staff do; return the fulfilment."""
    line = order.lines.first()
    call(
        staff_api_client,
        f"mutation($o: ID!, $i: OrderFulfillInput!) {{ orderFulfill(order: $o, input: $i) {{ {ERRORS} }} }}",
        o=gid("Order", order.pk),
        i={
            "lines": [
                {
                    "orderLineId": gid("OrderLine", line.pk),
                    "stocks": [{"quantity": 1, "warehouse": gid("Warehouse", warehouse.pk)}],
                }
            ],
            **more,
        },
    )
    return order.fulfillments.get()


def test_what_is_sent_without_a_word_is_recorded_as_that_and_nothing_else_is(
    recorded, staff_api_client, permission_group_manage_orders, order_with_lines, warehouse
):
    permission_group_manage_orders.user_set.add(staff_api_client.user)
    fulfillment = fulfil(staff_api_client, order_with_lines, warehouse, notifyCustomer=False)
    subject = str(order_with_lines.pk)
    assert ("fulfillment.silent", f"fulfillment.silent:{fulfillment.pk}", subject, 1) in recorded()


def test_a_parcel_and_its_tracking_number(
    recorded, staff_api_client, permission_group_manage_orders, order_with_lines, warehouse
):
    permission_group_manage_orders.user_set.add(staff_api_client.user)
    fulfillment = fulfil(staff_api_client, order_with_lines, warehouse)
    subject = str(order_with_lines.pk)
    assert ("fulfillment.created", f"fulfillment.created:{fulfillment.pk}", subject, 1) in recorded()
    assert "fulfillment.silent" not in kinds(recorded())
    for number in ("TRACK-1", "TRACK-1", "TRACK-2"):
        call(
            staff_api_client,
            "mutation($id: ID!, $i: FulfillmentUpdateTrackingInput!) "
            f"{{ orderFulfillmentUpdateTracking(id: $id, input: $i) {{ {ERRORS} }} }}",
            id=gid("Fulfillment", fulfillment.pk),
            i={"trackingNumber": number},
        )
    assert kinds(recorded()).count("fulfillment.tracking_updated") == 2


def test_an_order_cancelled_by_staff(guest, goods, recorded, staff_api_client, permission_group_manage_orders):
    permission_group_manage_orders.user_set.add(staff_api_client.user)
    guest.put(goods, email="ada@example.com")
    order = guest.buy()
    call(
        staff_api_client,
        f"mutation($id: ID!) {{ orderCancel(id: $id) {{ {ERRORS} }} }}",
        id=gid("Order", order),
    )
    assert kinds(recorded()).count("order.cancelled") == 1


def test_an_account_from_its_making_to_its_end(
    api_client, user_api_client, recorded, site_settings, staff_api_client, permission_manage_users
):
    site_settings.enable_account_confirmation_by_email = False
    site_settings.save()
    call(
        api_client,
        f"mutation($i: AccountRegisterInput!) {{ accountRegister(input: $i) {{ {ERRORS} }} }}",
        i={"email": "New@Example.com", "password": "correct horse", "channel": "main"},
    )
    created = User.objects.get(email="new@example.com")
    assert ("customer.created", f"customer.created:{created.pk}", gid("User", created.pk), 1) in recorded()
    pk = user_api_client.user.pk
    call(
        user_api_client,
        f"mutation($i: AccountInput!) {{ accountUpdate(input: $i) {{ {ERRORS} }} }}",
        i={"firstName": "Ada"},
    )
    assert [row[2] for row in recorded() if row[0] == "customer.updated"] == [gid("User", pk)]
    call(
        staff_api_client,
        f"mutation($id: ID!) {{ customerDelete(id: $id) {{ {ERRORS} }} }}",
        permissions=[permission_manage_users],
        id=gid("User", created.pk),
    )
    assert ("customer.deleted", f"customer.deleted:{created.pk}", gid("User", created.pk), 1) in recorded()


def test_an_account_confirmed_and_deleted_by_its_owner(api_client, user_api_client, recorded):
    from saleor.core.tokens import account_confirm_token_generator, account_delete_token_generator

    user = user_api_client.user
    pk = user.pk
    user.is_confirmed = False
    user.is_active = True
    user.save()
    call(
        api_client,
        f"mutation($e: String!, $t: String!) {{ confirmAccount(email: $e, token: $t) {{ {ERRORS} }} }}",
        e=user.email,
        t=account_confirm_token_generator.make_token(user),
    )
    assert ("account.confirmed", f"account.confirmed:{pk}", gid("User", pk), 1) in recorded()
    user.refresh_from_db()
    call(
        user_api_client,
        f"mutation($t: String!) {{ accountDelete(token: $t) {{ {ERRORS} }} }}",
        t=account_delete_token_generator.make_token(user),
    )
    assert ("account.deleted", f"account.deleted:{pk}", gid("User", pk), 1) in recorded()


HOOKS = sorted(
    name
    for name, member in vars(MailflowPlugin).items()
    if inspect.isfunction(member)
    and name.startswith(("checkout_", "order_", "fulfillment_", "tracking_", "customer_", "account_"))
)


def test_there_are_as_many_hooks_as_we_think():
    assert len(HOOKS) == 27


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_leaves_exactly_one_row(
    hook, recorded, checkout_with_item, order_with_lines, fulfillment, customer_user, django_capture_on_commit_callbacks
):
    subject = {
        "checkout": checkout_with_item,
        "order": order_with_lines,
        "fulfillment": fulfillment,
        "tracking": fulfillment,
        "customer": customer_user,
        "account": customer_user,
    }[hook.partition("_")[0]]
    manager = get_plugins_manager(allow_replica=False)
    reported = getattr(manager, hook, None)
    if reported is None:
        pytest.skip(f"This Saleor's manager has no {hook}.")
    with django_capture_on_commit_callbacks(execute=True):
        reported(subject)
    ((kind, key, about, generation),) = recorded()
    assert kind.partition(".")[0] in {"checkout", "order", "fulfillment", "customer", "account"}
    assert key.startswith(("checkout:", f"{kind}:"))
    assert len(key) <= 200
    assert about
    assert generation == 1
    with django_capture_on_commit_callbacks(execute=True):
        reported(subject)
    assert len(recorded()) == 1


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_hands_the_value_on_and_takes_what_saleor_may_add(hook, recorded):
    plugin = MailflowPlugin(configuration=[], active=True)
    given = object()
    # Nothing that any version passes, now or later, and no object at all: still no error.
    answer = getattr(plugin, hook)(None, "extra", previous_value=given, webhooks=set(), notify_customer=False, later=1)
    assert answer is given
    assert recorded() == []


def test_a_bulk_import_of_orders_starts_nothing(recorded, order_with_lines):
    get_plugins_manager(allow_replica=False).order_bulk_created([order_with_lines])
    assert recorded() == []
