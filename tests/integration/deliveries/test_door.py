"""The providers' door: who is not provably the shop's provider writes nothing; what is documented goes through."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.models import DeliveryEvent, LinkKey, Throttle
from saleor_mailflow.webhooks.providers.read import known_providers
from saleor_mailflow.webhooks.providers.signatures import SIGNING
from tests.integration.deliveries.conftest import HOST, NOW, Make
from tests.provider_posts import KEYS, TO, TOPIC, Event, body, certificate, envelope, signed

pytestmark = pytest.mark.django_db

SIGNED = sorted({*SIGNING, "amazon_ses"} & set(known_providers()))
NAMED = ["amazon_ses", "brevo", "mailgun", "postmark", "resend", "sendgrid"]


@pytest.fixture(autouse=True)
def nobody_is_named(caplog: pytest.LogCaptureFixture) -> Any:
    """No log line of any test here holds an address or a secret."""
    caplog.set_level(logging.DEBUG, logger="saleor_mailflow")
    yield
    said = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("saleor_mailflow"))
    assert TO not in said
    assert not any(key in said for key in KEYS.values())


def nothing_written() -> bool:
    return not DeliveryEvent.objects.exists() and not Throttle.objects.exists()


# What must not get in.


@pytest.mark.parametrize("provider", SIGNED)
def test_a_forged_signature_writes_nothing(told: Make, provider: str) -> None:
    shop = told(provider)
    message = shop.message(TO)
    raw, headers = signed(provider, body(provider, Event(uuid=str(message.uuid))), now=NOW, url=HOST + shop.path)
    if provider == "mailgun":
        changed = json.loads(raw)
        changed["signature"]["token"] = "another"
        raw = json.dumps(changed).encode()
    else:
        raw = raw.replace(b"shopper", b"chopper")
    assert shop.post(raw, headers).status_code == 403
    assert nothing_written()


@pytest.mark.parametrize("provider", [name for name in SIGNED if name not in {"amazon_ses", "mailgun", "unisender_go"}])
def test_a_missing_signature_writes_nothing(told: Make, provider: str) -> None:
    shop = told(provider)
    shop.message(TO)
    raw, headers = signed(provider, body(provider, Event()), now=NOW, url=HOST + shop.path)
    kind = {"Content-Type": headers["Content-Type"]}
    assert shop.post(raw, kind).status_code == 403
    assert nothing_written()


@pytest.mark.parametrize("provider", sorted(set(SIGNED) - {"amazon_ses"}))
def test_a_signature_with_another_key_writes_nothing(told: Make, provider: str) -> None:
    other = {"postal": KEYS["postal"][:-6] + "AAAA==", "sendgrid": KEYS["postal"]}.get(provider, "another-key")
    option = "api_key" if provider == "unisender_go" else "signing_key"
    shop = told(provider, **{option: other})
    shop.message(TO)
    answer = shop.tell(body(provider, Event()))
    # A key that can be none is the merchant's to mend: the provider is asked to come again.
    assert answer.status_code in {403, 503}
    assert nothing_written()


@pytest.mark.parametrize("provider", known_providers())
def test_a_wrong_secret_is_not_found(told: Make, provider: str) -> None:
    shop = told(provider)
    shop.message(TO)
    raw, headers = signed(provider, body(provider, Event()), now=NOW, url=HOST + shop.path)
    part = shop.path.rstrip("/").rpartition("/")[2]
    wrong = [part[:-1] + ("A" if part[-1] != "A" else "B"), "x", f"{shop.shop.pk}-{'A' * 32}", f"9999999-{part[-32:]}"]
    for secret in wrong:
        assert shop.post(raw, headers, f"/provider/{provider}/{secret}/").status_code == 404
    assert nothing_written()


def test_the_secret_of_one_shop_or_provider_is_not_another_s(told: Make) -> None:
    one, other = told("postmark"), told("brevo", domain="other.example")
    one.message(TO)
    found = json.dumps(body("postmark", Event())).encode()
    part = one.path.rstrip("/").rpartition("/")[2]
    assert one.post(found, {}, f"/provider/brevo/{part}/").status_code == 404
    swapped = f"{other.shop.pk}-{part.partition('-')[2]}"
    assert one.post(found, {}, f"/provider/postmark/{swapped}/").status_code == 404
    assert one.post(found, {}, one.path.replace("postmark", "scaleway")).status_code == 404
    assert nothing_written()


def test_another_shop_s_mail_is_not_found_by_its_id(told: Make) -> None:
    one, other = told("postmark"), told("brevo", domain="other.example")
    message = one.message(TO, provider_message_id="id-1")
    answer = other.tell(body("brevo", Event(uuid=str(message.uuid), message_id="id-1")))
    assert (answer.status_code, answer.json()) == (200, {"recorded": 0, "not_ours": 1})
    assert nothing_written()


@pytest.mark.parametrize("auth", ["", "Basic", "Basic !!", "Basic dXNlcjp3cm9uZw==", "Bearer user:right"])
def test_user_and_password_are_asked_for_where_they_are_set(told: Make, auth: str) -> None:
    shop = told("postmark", webhook_secret="old:one, user:right")
    shop.message(TO)
    answer = shop.post(json.dumps(body("postmark", Event())).encode(), {"Authorization": auth} if auth else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")
    assert nothing_written()


@pytest.mark.parametrize("minutes", [-6, 6])
@pytest.mark.parametrize(("provider", "status"), [("mailgun", 406), ("resend", 406)])
def test_a_signature_that_is_too_old_or_from_the_future_writes_nothing(
    told: Make, provider: str, status: int, minutes: int
) -> None:
    shop = told(provider)
    shop.message(TO)
    raw, headers = signed(provider, body(provider, Event()), now=NOW + timedelta(minutes=minutes))
    assert shop.post(raw, headers).status_code == status
    assert nothing_written()


def test_mailgun_s_token_signs_one_post_and_no_other_body(told: Make) -> None:
    shop = told("mailgun")
    message = shop.message(TO)
    first, _ = signed("mailgun", body("mailgun", Event(kind="delivered", uuid=str(message.uuid))), now=NOW)
    forged = {**json.loads(first), **body("mailgun", Event(kind="complained", uuid=str(message.uuid)))}  # type: ignore[dict-item]
    assert shop.post(first, {}).status_code == 200
    assert shop.post(json.dumps(forged).encode(), {}).status_code == 406
    assert shop.post(first, {}).status_code == 406
    assert list(DeliveryEvent.objects.values_list("kind", flat=True)) == ["delivered"]


@pytest.mark.parametrize("provider", known_providers())
def test_more_than_a_megabyte_is_refused(told: Make, provider: str) -> None:
    shop = told(provider)
    assert shop.post(b"[" + b" " * 1_000_000 + b"]", {}).status_code == 413
    assert nothing_written()


@pytest.mark.parametrize("provider", known_providers())
@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 900, b"[1]", b'{"a": 1e999}', b'"x"', b'{"event": {"event": []}}', b"\0"]
)
def test_a_malformed_body_is_refused_and_writes_nothing(told: Make, provider: str, raw: bytes) -> None:
    shop = told(provider, **({"signing_key": ""} if provider not in {"amazon_ses", "unisender_go"} else {}))
    answer = shop.post(raw, {})
    assert answer.status_code in {400, 403} or (answer.status_code, answer.json()["recorded"]) == (200, 0)
    assert answer.status_code != 500
    assert nothing_written()


@pytest.mark.parametrize("provider", known_providers())
def test_a_body_made_to_break_its_reader_is_refused_and_writes_nothing(told: Make, provider: str) -> None:
    shop = told(provider)
    for raw in (b"[" * 300_000, b'{"a":' * 100_000, b'{"signature":{"timestamp":' + b"9" * 5_000):
        assert shop.post(raw, {"Content-Type": "application/json"}).status_code in {400, 403}
    assert nothing_written()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(told: Make, method: str) -> None:
    assert getattr(Client(), method)(told("postmark").path).status_code == 405


# Amazon's envelope.


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/bucket/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem?x=1",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "file:///SimpleNotificationService-0.pem",
    ],
)
def test_a_certificate_is_fetched_from_amazon_only(told: Make, amazon: dict[str, Any], url: str) -> None:
    shop = told("amazon_ses")
    assert shop.post(*envelope(Message="{}", SigningCertURL=url)).status_code == 403
    assert amazon["asked"] == []


@pytest.mark.parametrize(
    "made",
    [certificate(name="evil.example"), certificate(days=30), "no certificate at all"],
    ids=["another name", "expired", "none"],
)
def test_a_certificate_must_be_valid_and_amazon_s(told: Make, amazon: dict[str, Any], made: str) -> None:
    shop = told("amazon_ses")
    shop.message(TO)
    amazon["answers"].update(dict.fromkeys(amazon["answers"], made))
    assert shop.tell(body("amazon_ses", Event())).status_code == 403
    assert nothing_written()


CONFIRM = {"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": "t0k3n"}


def subscription(url: str, version: str = "2", **fields: str) -> tuple[bytes, dict[str, str]]:
    return envelope(
        version, Type="SubscriptionConfirmation", Message="You have chosen …", Token="t0k3n", SubscribeURL=url, **fields
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?Action=ConfirmSubscription&TopicArn={topic}&Token=t0k3n",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=t0k3n",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn={topic}&Token=t0k3n",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:other&Token=t0k3n",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=another",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=t0k3n&Endpoint=x",
        "https://sns.eu-west-1.amazonaws.com/x?Action=ConfirmSubscription&TopicArn={topic}&Token=t0k3n",
    ],
)
def test_nothing_but_amazon_s_own_confirmation_is_followed(told: Make, amazon: dict[str, Any], url: str) -> None:
    assert told("amazon_ses").post(*subscription(url.format(topic=TOPIC))).status_code == 403
    assert len(amazon["asked"]) == 1  # the certificate


def test_an_unsigned_confirmation_or_another_topic_is_not_followed(told: Make, amazon: dict[str, Any]) -> None:
    shop = told("amazon_ses", webhook_topic="arn:aws:sns:eu-west-1:1:ours")
    url = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0k3n"
    assert shop.post(*subscription(url, Signature="AAAA")).status_code == 403
    assert shop.post(*subscription(url)).status_code == 403
    assert len(amazon["asked"]) == 1


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_is_confirmed_and_the_certificate_fetched_once(
    told: Make, amazon: dict[str, Any], version: str
) -> None:
    shop = told("amazon_ses", webhook_topic=f"other, {TOPIC}")
    url = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0k3n"
    amazon["answers"][url] = "<ConfirmSubscriptionResponse/>"
    assert shop.post(*subscription(url, version)).status_code == 200
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert shop.post(*envelope(version, Message=greeting)).json() == {"recorded": 0, "not_ours": 0}
    assert amazon["asked"].count(url) == 1
    assert len(amazon["asked"]) == 2


# What must get in.


@pytest.mark.parametrize("provider", known_providers())
def test_a_hard_bounce_in_the_documented_shape_is_recorded_once(told: Make, provider: str) -> None:
    shop = told(provider)
    message = shop.message(TO)
    shop.message("somebody@else.example")
    for number in range(2):
        # A second try, as after a lost answer: new signature, same fact.
        found = body(provider, Event(kind="bounced", uuid=str(message.uuid), message_id="unknown-id"))
        answer = shop.tell(found, token=f"token-{number}")
        assert answer.status_code == 200, answer.content
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.message_id, event.contact_id) == ("bounced", message.pk, message.contact_id)
    assert (event.provider, event.source, event.received_at) == (provider, "provider", NOW)
    assert event.detail["code"] == "5.1.1"
    assert event.at <= NOW
    assert "shopper" not in json.dumps(event.detail)


@pytest.mark.parametrize("provider", NAMED)
@pytest.mark.parametrize("kind", ["delivered", "soft_bounced", "rejected", "complained", "opened", "clicked"])
def test_every_kind_of_the_named_providers_goes_through(told: Make, provider: str, kind: str) -> None:
    if (provider, kind) == ("resend", "rejected"):
        pytest.skip("Resend tells of no such thing.")
    shop = told(provider)
    url = f"https://shop.example/a?b={uuid4()}"
    message = shop.message(TO, links=["https://shop.example/", url])
    code = {"soft_bounced": "4.2.2", "rejected": "5.7.1"}.get(kind, "5.1.1")
    answer = shop.tell(body(provider, Event(kind=kind, uuid=str(message.uuid), code=code, url=url)))
    assert answer.json() == {"recorded": 1, "not_ours": 0}
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.message_id) == (kind, message.pk)
    assert event.link == (1 if kind == "clicked" else None)
    assert event.by_machine is None


@pytest.mark.parametrize("provider", known_providers())
def test_a_mail_is_found_by_the_provider_s_own_id_where_ours_does_not_come_back(told: Make, provider: str) -> None:
    shop = told(provider)
    # The id as the transports keep it.
    kept = {"mailgun": "<id-1>", "mailjet": "17"}.get(provider, "id-1")
    message = shop.message(TO, provider_message_id=kept)
    shop.tell(body(provider, Event(kind="bounced")))
    assert DeliveryEvent.objects.get().message_id == message.pk


def test_an_event_of_another_mail_to_a_contact_is_theirs_and_one_to_a_stranger_is_dropped(told: Make) -> None:
    shop = told("postmark")
    anna = shop.contact(TO)
    assert shop.tell(body("postmark", Event(to="ANNA@Shopper.example", message_id="x"))).json()["recorded"] == 1
    assert shop.tell(body("postmark", Event(to="stranger@else.example"))).json() == {"recorded": 0, "not_ours": 1}
    event = DeliveryEvent.objects.get()
    assert (event.message_id, event.contact_id) == (None, anna.pk)


def test_a_redirected_mail_says_nothing_of_the_person_it_was_meant_for(told: Make) -> None:
    shop = told("postmark")
    message = shop.message(TO)
    shop.tell(body("postmark", Event(to="catcher@dev.example", uuid=str(message.uuid))))
    event = DeliveryEvent.objects.get()
    assert (event.message_id, event.contact_id) == (message.pk, None)


def test_a_clock_ahead_of_ours_counts_as_now(told: Make) -> None:
    shop = told("postmark")
    message = shop.message(TO)
    shop.tell(body("postmark", Event(uuid=str(message.uuid), at=NOW + timedelta(hours=3))))
    event = DeliveryEvent.objects.get()
    assert (event.at, event.detail["ahead_seconds"]) == (NOW, 10_800)


def test_old_words_are_accepted_only_where_they_are_news(told: Make) -> None:
    shop = told("sendgrid")
    known, unknown = shop.message(TO), shop.message("b@else.example", state="unknown")
    both = [
        Event(kind="accepted", uuid=str(known.uuid)),
        Event(kind="accepted", uuid=str(unknown.uuid), to="b@else.example"),
    ]
    shop.tell([one for event in both for one in body("sendgrid", event)])  # type: ignore[attr-defined]
    assert list(DeliveryEvent.objects.values_list("message_id", flat=True)) == [unknown.pk]


@pytest.mark.parametrize("custom", ["", "campaign 7", "[1]", "null"])
def test_a_mail_of_somebody_else_s_at_the_same_provider_is_read_as_well(told: Make, custom: str) -> None:
    shop = told("brevo")
    shop.contact(TO)
    answer = shop.tell({**body("brevo", Event()), "X-Mailin-custom": custom})  # type: ignore[dict-item]
    assert answer.json()["recorded"] == 1


def test_a_sendgrid_machine_open_is_a_machine_s(told: Make) -> None:
    shop = told("sendgrid")
    message = shop.message(TO)
    found = body("sendgrid", Event(kind="opened", uuid=str(message.uuid)))
    found[0]["sg_machine_open"] = True  # type: ignore[index]
    shop.tell(found)
    assert DeliveryEvent.objects.get().by_machine is True


def test_user_and_password_let_in(told: Make) -> None:
    shop = told("brevo", webhook_secret="old:one, user:right")
    shop.message(TO)
    raw = json.dumps(body("brevo", Event())).encode()
    assert shop.post(raw, {"Authorization": "Basic dXNlcjpyaWdodA=="}).json()["recorded"] == 1


def test_mandrill_signs_the_address_with_user_and_password_in_it(told: Make) -> None:
    shop = told("mandrill", webhook_secret="user:right")
    message = shop.message(TO)
    url = f"{HOST}{shop.path}".replace("https://", "https://user:right@")
    raw, headers = signed("mandrill", body("mandrill", Event(uuid=str(message.uuid))), now=NOW, url=url)
    headers["Authorization"] = "Basic dXNlcjpyaWdodA=="
    assert shop.post(raw, headers).json()["recorded"] == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_address_answers_those_who_ask_beforehand(told: Make, method: str) -> None:
    shop = told("mandrill")
    assert getattr(Client(), method)(shop.path).status_code == 200
    assert getattr(Client(), method)("/provider/mandrill/1-x/").status_code == 404


def test_the_address_outlives_a_new_link_key_and_dies_with_a_new_webhook_path(told: Make) -> None:
    shop = told("postmark")
    shop.message(TO)
    old = shop.path
    LinkKey.objects.create(shop=shop.shop)
    assert shop.path != old
    raw = json.dumps(body("postmark", Event())).encode()
    assert shop.post(raw, {}, old).status_code == 200
    shop.shop.settings["provider_options"]["webhook_path"] = "anew"
    shop.shop.save()
    assert shop.post(raw, {}, old).status_code == 404
    assert shop.post(raw, {}).status_code == 200


def test_late_words_of_a_provider_used_before_still_come(told: Make) -> None:
    shop = told("mailgun")
    message = shop.message(TO)
    old = shop.path
    shop.shop.settings |= {"provider": "postmark", "provider_options": {"server_token": "k", "signing_key": "x"}}
    shop.shop.save()
    raw, headers = signed("mailgun", body("mailgun", Event(uuid=str(message.uuid))), now=NOW)
    assert shop.post(raw, headers, old).json()["recorded"] == 1


def test_it_is_open_while_everything_else_is_off(told: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    shop = told("postmark")
    shop.message(TO)
    assert shop.tell(body("postmark", Event())).json()["recorded"] == 1


def test_many_events_are_one_insert(told: Make, django_assert_num_queries: Any, now: FrozenClock) -> None:
    shop = told("sendgrid")
    messages = [shop.message(f"p{number}@else.example") for number in range(50)]
    found = [
        one
        for number, message in enumerate(messages)
        for one in body("sendgrid", Event(kind="delivered", uuid=str(message.uuid), to=f"p{number}@else.example"))  # type: ignore[attr-defined]
    ]
    raw, headers = signed("sendgrid", found, now=NOW)
    path = shop.path
    # The shop, its keys, the key of its hashes, the insert.
    with django_assert_num_queries(4):
        assert shop.post(raw, headers, path).json()["recorded"] == 50
    assert DeliveryEvent.objects.count() == 50
