"""Codes for people: first who gets none and when none is made, then one that is made, given, used and taken back."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow import failpoints
from saleor_mailflow.messages.coupons import ALPHABET, Want, carried, new_code, reserve
from saleor_mailflow.messages.minting import coupon_exposure, mark_used, reap
from saleor_mailflow.models import Basket, Coupon, Enrollment, Message, Offer, Purchase, Shop
from saleor_mailflow.shop.goods import NewCode, VoucherKind
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.world import World

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


class TableShop(MemoryShop):
    """A shop in memory that keeps its codes in the database, as Saleor does: what is undone there is undone here."""

    def mint(self, codes: Collection[NewCode]) -> frozenset[str]:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS shop_codes (code text PRIMARY KEY, voucher text)")
            for one in codes:
                if one.voucher_ref in self._vouchers:
                    cursor.execute("INSERT INTO shop_codes VALUES (%s, %s)", [one.code, one.voucher_ref])
        return frozenset(one.code for one in codes if one.voucher_ref in self._vouchers)

    def unmint(self, codes: Collection[str]) -> frozenset[str]:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM shop_codes WHERE code = ANY(%s)", [list(codes)])
        return frozenset(codes)

    @property
    def there(self) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('shop_codes') IS NOT NULL")
            if not cursor.fetchone()[0]:
                return set()
            cursor.execute("SELECT code FROM shop_codes")
            return {code for (code,) in cursor.fetchall()}


@pytest.fixture
def world() -> World:
    return World.begin(lawful_basis={"*": "none"})


def offer(world: World, *vouchers: str, key: str = "cart", **more: object) -> Offer:
    return Offer.objects.create(shop=world.shop, key=key, name="Come back", vouchers=list(vouchers), **more)


def leave_a_cart(world: World, email: str = "anna@example.com", **more: object) -> None:
    world.people.checkout(world.now, email=email, **more)  # type: ignore[arg-type]  # checked by the dataclass


def to_the_last_call(world: World) -> None:
    world.after(hours=26)


def the_coupon() -> Coupon:
    return Coupon.objects.get()


# Nobody gets a code that the shop would not keep


def test_a_cart_mail_without_an_offer_goes_without_a_code_and_says_why(world: World) -> None:
    leave_a_cart(world)
    to_the_last_call(world)
    assert [step for _, step, _ in world.sent()] == ["reminder", "last_call"]
    assert (the_coupon().state, the_coupon().code) == ("none", "")
    assert "There is no offer 'cart'" in the_coupon().reason
    assert world.people.codes == {}


def test_a_voucher_deleted_between_the_step_and_the_mail_gives_a_mail_without_a_code(world: World) -> None:
    ref = world.people.voucher("Spring")
    offer(world, ref)
    leave_a_cart(world)
    world.after(hours=23)
    Shop.objects.update(paused_at=world.now)
    world.after(hours=3)
    assert the_coupon().state == "reserved"
    world.people.drop_voucher(ref)
    Shop.objects.update(paused_at=None)
    world.after(hours=1)
    assert [step for _, step, _ in world.sent()] == ["reminder", "last_call"]
    assert (the_coupon().state, world.people.codes) == ("none", {})
    assert the_coupon().reason == "The voucher was deleted in the shop before the mail left."


def test_a_rehearsal_shows_a_code_and_makes_none() -> None:
    world = World.begin(mode="shadow", lawful_basis={"*": "none"})
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    to_the_last_call(world)
    mail = Message.objects.select_related("enrollment__version").get(step="last_call")
    assert mail.state == "shadowed"
    assert the_coupon().state == "reserved"
    assert carried([mail], world.now)[mail.pk].code == the_coupon().code
    assert world.people.codes == {}
    assert "mint" not in world.people.asked


def test_who_bought_before_the_mail_gets_neither_mail_nor_code(world: World) -> None:
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    world.after(hours=23)
    world.people.order(world.now, email="anna@example.com")
    to_the_last_call(world)
    assert not Coupon.objects.exists()
    assert world.people.codes == {}


def test_after_a_used_code_there_is_no_other_for_ninety_days(world: World) -> None:
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    to_the_last_call(world)
    first = the_coupon()
    assert first.state == "minted" or first.state == "given"
    world.people.order(world.now, email="anna@example.com", voucher_code=first.code)
    world.after(hours=1)
    first.refresh_from_db()
    assert first.state == "used"
    want = Want(enrollment_id=first.enrollment_id, step="again", contact_id=first.contact_id, offer_key="cart")
    cart = Basket.objects.get()
    asked = [
        replace(want, basket_id=cart.pk),
        replace(want, step="no_cart"),
        replace(want, step="other", offer_key="x"),
    ]
    again, no_cart, _ = sorted(
        reserve(world.shop.pk, asked, gateway=world.people, now=world.now + 89 * DAY), key=lambda one: one.step
    )
    assert "one in 90 days is enough" in again.reason
    assert no_cart.state == "reserved"
    (later,) = reserve(world.shop.pk, [replace(asked[0], step="later")], gateway=world.people, now=world.now + 91 * DAY)
    assert later.state == "reserved"


def test_flows_about_one_order_share_one_offer(world: World) -> None:
    offer(world, world.people.voucher("Spring"), key="next_order")
    leave_a_cart(world)
    world.after(hours=2)
    world.people.order(world.now, email="anna@example.com")
    world.after(hours=1)
    entered, purchase = Enrollment.objects.get(), Purchase.objects.get()
    Enrollment.objects.update(purchase=purchase)
    other = Enrollment.objects.create(
        shop=world.shop,
        flow=entered.flow,
        version=entered.version,
        contact=entered.contact,
        purchase=purchase,
        key="another",
        state="ended",
        exit_reason="completed",
        entered_at=world.now,
        ended_at=world.now,
    )
    wants = [
        Want(
            enrollment_id=one.pk,
            step="gift",
            contact_id=one.contact_id,
            offer_key="next_order",
            lane_purchase_id=purchase.pk,
        )
        for one in (entered, other)
    ]
    first, second = (reserve(world.shop.pk, [want], gateway=world.people, now=world.now)[0] for want in wants)
    assert first.state == "reserved"
    assert second.reason == "Another mail about the same order carries an offer already."
    Coupon.objects.all().delete()
    both = reserve(world.shop.pk, wants, gateway=world.people, now=world.now)
    assert sorted(one.state for one in both) == ["none", "reserved"]


def test_the_margin_is_kept_from_the_shops_own_cost(world: World) -> None:
    world.people.sell("Linen shirt", price="64.00", cost="60.00")
    big, small = world.people.voucher("Big", value="20"), world.people.voucher("Small", value="5")
    free = world.people.voucher("Free shipping", VoucherKind.SHIPPING, "100")
    offer(world, big, small, free, margin_percent=5)
    leave_a_cart(world)
    to_the_last_call(world)
    assert the_coupon().voucher_ref == free
    mail = Message.objects.select_related("enrollment__version").get(step="last_call")
    assert carried([mail], world.now)[mail.pk].free_shipping


def test_a_shop_that_cannot_be_asked_gives_one_code_to_all_or_says_why_not(world: World) -> None:
    leave_a_cart(world)
    world.after(hours=2)
    one = Enrollment.objects.get()
    offer(world, key="none", shared_code="")
    offer(world, key="all", shared_code="WELCOME")
    wants = [Want(enrollment_id=one.pk, step=key, contact_id=one.contact_id, offer_key=key) for key in ("none", "all")]
    found = {row.step: row for row in reserve(world.shop.pk, wants, gateway=PayloadShop(), now=world.now)}
    assert "cannot be asked for codes" in found["none"].reason
    assert (found["all"].state, found["all"].terms["code"]) == ("reserved", "WELCOME")
    assert reap(world.shop.pk, gateway=PayloadShop(), now=world.now).looked_at == 0


# No code without a claim, no mail without its code


@pytest.mark.parametrize("where", ["coupon.minted", "claim.committed", "rendered", "intent.committed"])
def test_a_worker_may_die_anywhere_and_code_and_claim_stay_together(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.begin(lawful_basis={"*": "none"})
    world.people = TableShop()
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    world.after(hours=23)
    deaths = 0

    def die_once(name: str, about: str = "") -> None:
        nonlocal deaths
        if name == where and Coupon.objects.exists() and not deaths:
            deaths += 1
            raise failpoints.FailpointReached(name)

    monkeypatch.setattr(failpoints, "reach", die_once)
    with pytest.raises(failpoints.FailpointReached):
        to_the_last_call(world)
    there = world.people.there
    claimed = Message.objects.get(step="last_call").state in {"claimed", "sending"}
    assert (len(there) == 1) == claimed == (the_coupon().state == "minted")
    Message.objects.filter(state__in=["claimed", "sending"]).update(lease_until="2020-01-01T00:00:00Z")
    world.after(hours=2)
    assert world.people.there == {the_coupon().code}
    assert the_coupon().state == "given"
    mails = Message.objects.filter(step="last_call", state__in=["accepted", "unknown"])
    assert mails.count() == 1


def test_a_code_whose_mail_never_leaves_is_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    world.after(hours=23)
    monkeypatch.setattr(failpoints, "reach", lambda name, about="": 1 / 0 if name == "rendered" else None)
    with pytest.raises(ZeroDivisionError):
        to_the_last_call(world)
    monkeypatch.undo()
    assert (the_coupon().state, len(world.people.codes)) == ("minted", 1)
    world.people.order(world.now, email="anna@example.com")
    Message.objects.filter(state="claimed").update(lease_until="2020-01-01T00:00:00Z")
    world.after(hours=2)
    assert ("last_call", "ordered") in world.blocked()
    assert (the_coupon().state, world.people.codes) == ("reaped", {})


# How it should go


def test_a_code_is_reserved_made_given_and_used(world: World) -> None:
    offer(world, world.people.voucher("Spring", value="15", minimum="20"), days=10)
    leave_a_cart(world)
    to_the_last_call(world)
    row = the_coupon()
    assert re.fullmatch(rf"[{ALPHABET}]{{5}}(-[{ALPHABET}]{{5}}){{2}}", row.code)
    assert world.people.codes == {row.code: row.voucher_ref}
    mail = Message.objects.select_related("enrollment__version").get(step="last_call")
    shown = carried([mail], world.now)[mail.pk]
    assert (shown.code, shown.kind, shown.value, shown.minimum) == (row.code, "percentage", Decimal(15), Decimal(20))
    assert shown.expires_at is not None
    assert shown.expires_at - mail.claimed_at == 10 * DAY  # type: ignore[operator]  # it was claimed
    world.after(hours=1)
    assert the_coupon().state == "given"
    world.people.order(world.now, email="anna@example.com", voucher_code=row.code)
    world.after(hours=1)
    assert (the_coupon().state, the_coupon().used_at is not None) == ("used", True)
    assert world.people.codes == {row.code: row.voucher_ref}


def test_a_code_that_ran_out_is_taken_back_unless_the_shop_says_it_was_used(world: World) -> None:
    offer(world, world.people.voucher("Spring"), days=3)
    for email in ("anna@example.com", "ben@example.com"):
        leave_a_cart(world, email)
    to_the_last_call(world)
    anna, ben = Coupon.objects.order_by("contact__email")
    world.people.used_codes[ben.code] = "17"
    world.after(days=4)
    anna.refresh_from_db()
    ben.refresh_from_db()
    assert (anna.state, ben.state) == ("reaped", "used")
    assert set(world.people.codes) == {ben.code}


def test_what_codes_could_cost_is_summed_by_offer_and_currency(world: World) -> None:
    offer(world, world.people.voucher("Ten", VoucherKind.FIXED, "10"))
    for number in range(3):
        leave_a_cart(world, f"person{number}@example.com")
    to_the_last_call(world)
    (seen,) = coupon_exposure(world.shop.pk, world.now)
    assert (seen.offer_key, seen.currency, seen.out, seen.amount, seen.used) == ("cart", "USD", 3, Decimal(30), 0)
    mark_used(world.shop.pk, {Coupon.objects.order_by("id")[0].code: world.now, "SOMEBODY-ELSE": world.now})
    (seen,) = coupon_exposure(world.shop.pk, world.now)
    assert (seen.out, seen.amount, seen.used) == (2, Decimal(20), 1)


def test_reserving_asks_the_same_questions_for_one_as_for_fifty(world: World) -> None:
    offer(world, world.people.voucher("Spring"), margin_percent=1)
    for number in range(50):
        leave_a_cart(world, f"person{number}@example.com")
    world.after(hours=2)
    carts = {cart.contact_id: cart.pk for cart in Basket.objects.all()}
    wants = [
        Want(
            enrollment_id=one.pk,
            step="counted",
            contact_id=one.contact_id,
            offer_key="cart",
            basket_id=carts[one.contact_id],
        )
        for one in Enrollment.objects.all()
    ]
    assert len(wants) == 50
    world.people.asked.clear()
    with CaptureQueriesContext(connection) as few:
        reserve(world.shop.pk, wants[:1], gateway=world.people, now=world.now)
    with CaptureQueriesContext(connection) as many:
        reserve(world.shop.pk, wants, gateway=world.people, now=world.now)
    assert len(few) == len(many) <= 8
    assert world.people.asked == {"vouchers": 2, "variants": 2}
    assert Coupon.objects.filter(state="reserved").count() == 50
    assert len(set(Coupon.objects.values_list("code", flat=True))) == 50


def test_reserving_twice_changes_nothing(world: World) -> None:
    offer(world, world.people.voucher("Spring"))
    leave_a_cart(world)
    to_the_last_call(world)
    row = the_coupon()
    want = Want(enrollment_id=row.enrollment_id, step=row.step, contact_id=row.contact_id, offer_key="cart")
    (again,) = reserve(world.shop.pk, [want], gateway=world.people, now=world.now)
    assert (again.pk, again.code) == (row.pk, row.code)


def test_codes_are_not_guessed() -> None:
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert len(ALPHABET) ** 15 > 2**60
    assert not set(ALPHABET) & set("AEIOU01258SL")
