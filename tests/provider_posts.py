"""Posts of every provider in the shape its documentation gives, signed as the provider signs.

Written after the providers' public documentation of their event webhooks (2026); addresses and ids are ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TO = "anna@shopper.example"
ADDRESS = "the address"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened, in our words, for every provider to put into its own."""

    kind: str = "bounced"
    to: str = TO
    uuid: str = ""
    message_id: str = "id-1"
    at: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    code: str = "5.1.1"
    url: str = ""

    @property
    def seconds(self) -> int:
        return int(self.at.timestamp())

    @property
    def iso(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"

    @property
    def answer(self) -> str:
        return f"smtp; 550 {self.code} <{self.to}>: Recipient address rejected"


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(name: str = "sns.amazonaws.com", days: int = 400) -> str:
    """A certificate such as Amazon signs with, valid for ``days`` from the beginning of 2026."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(subject, subject, rsa_key().public_key(), 17, start, start + timedelta(days=days))
    return made.sign(rsa_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


#: The key that a merchant enters, for each provider that signs with one.
KEYS: Mapping[str, str] = {
    "mailersend": "ms-signing-secret",
    "mailgun": "mg-signing-key",
    "mailtrap": "mt-signing-secret",
    "mandrill": "mandrill-webhook-key",
    "postal": public(rsa_key()),
    "resend": "whsec_" + base64.b64encode(b"resend-secret-24-bytes!!").decode(),
    "sendgrid": public(ec_key()),
    "unisender_go": "k-secret",
}


def body(provider: str, event: Event) -> object:
    """Return the documented body of one event."""
    return _BODIES[provider](event)


def signed(
    provider: str, found: object, *, now: datetime, url: str = "", token: str = "token-1"
) -> tuple[bytes, dict[str, str]]:
    """Return (body, headers) as the provider would send ``found`` now to ``url``."""
    headers = {"Content-Type": "application/json"}
    key = KEYS.get(provider, "")
    if provider == "mailgun":
        time = str(int(now.timestamp()))
        digest = hmac.new(key.encode(), f"{time}{token}".encode(), hashlib.sha256).hexdigest()
        assert isinstance(found, dict)
        return json.dumps(
            {"signature": {"timestamp": time, "token": token, "signature": digest}, **found}
        ).encode(), headers
    if provider == "mandrill":
        events = json.dumps(found)
        digest = hmac.new(key.encode(), f"{url}mandrill_events{events}".encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Mandrill-Signature": base64.b64encode(digest).decode(),
        }
        return urlencode({"mandrill_events": events}).encode(), headers
    if provider == "unisender_go":
        assert isinstance(found, dict)
        unsigned = json.dumps({"auth": key, **found})
        return unsigned.replace(key, hashlib.md5(unsigned.encode()).hexdigest()).encode(), headers
    if provider == "amazon_ses":
        return envelope(Message=json.dumps(found))
    raw = json.dumps(found).encode()
    if provider in {"mailersend", "mailtrap"}:
        name = {"mailersend": "Signature", "mailtrap": "Mailtrap-Signature"}[provider]
        headers[name] = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
    elif provider == "sendgrid":
        time = str(int(now.timestamp()))
        mark = ec_key().sign(time.encode() + raw, ec.ECDSA(hashes.SHA256()))
        headers["X-Twilio-Email-Event-Webhook-Signature"] = base64.b64encode(mark).decode()
        headers["X-Twilio-Email-Event-Webhook-Timestamp"] = time
    elif provider == "resend":
        time = str(int(now.timestamp()))
        secret = base64.b64decode(key.removeprefix("whsec_"))
        mark = hmac.digest(secret, f"msg_1.{time}.".encode() + raw, hashlib.sha256)
        headers |= {"svix-id": "msg_1", "svix-timestamp": time}
        headers["svix-signature"] = f"v1,{base64.b64encode(b'x' * 32).decode()} v1,{base64.b64encode(mark).decode()}"
    elif provider == "postal":
        mark = rsa_key().sign(raw, padding.PKCS1v15(), hashes.SHA1())
        headers["X-Postal-Signature"] = base64.b64encode(mark).decode()
    return raw, headers


def envelope(version: str = "2", **fields: str) -> tuple[bytes, dict[str, str]]:
    """Return (body, headers) of an Amazon SNS message, signed."""
    said = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Timestamp": "2026-11-20T12:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **fields,
    }
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if said["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()
    said.setdefault("Signature", base64.b64encode(rsa_key().sign(text.encode(), padding.PKCS1v15(), digest)).decode())
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": said["Type"],
        "x-amz-sns-message-id": said["MessageId"],
    }
    return json.dumps(said).encode(), headers


def _amazon_ses(event: Event) -> object:
    mail = {
        "timestamp": event.iso,
        "messageId": event.message_id,
        "source": "hello@shop.example",
        "destination": [event.to],
        "headersTruncated": False,
        "headers": [{"name": "X-Metadata", "value": json.dumps({"mailflow_id": event.uuid})}] if event.uuid else [],
    }
    kinds = {"bounced": "Bounce", "soft_bounced": "Bounce", "rejected": "Bounce", "complained": "Complaint"}
    kinds |= {"delivered": "Delivery", "opened": "Open", "clicked": "Click", "accepted": "Send"}
    kind = kinds[event.kind]
    person = {"emailAddress": event.to}
    details: dict[str, object] = {
        "Bounce": {
            "bounceType": "Transient" if event.kind == "soft_bounced" else "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{**person, "action": "failed", "status": event.code, "diagnosticCode": event.answer}],
            "timestamp": event.iso,
            "feedbackId": "0102",
        },
        "Complaint": {"complainedRecipients": [person], "timestamp": event.iso, "complaintFeedbackType": "abuse"},
        "Delivery": {"recipients": [event.to], "timestamp": event.iso, "smtpResponse": "250 2.6.0 Message received"},
        "Open": {"ipAddress": "192.0.2.1", "timestamp": event.iso, "userAgent": "Mozilla/5.0 (X11) Firefox/140"},
        "Click": {
            "ipAddress": "192.0.2.1",
            "link": event.url,
            "timestamp": event.iso,
            "userAgent": "Mozilla/5.0 (X11)",
        },
        "Send": {},
    }
    return {"eventType": kind, "mail": mail, kind.lower(): details[kind]}


def _brevo(event: Event) -> object:
    kinds = {"bounced": "hard_bounce", "soft_bounced": "soft_bounce", "rejected": "blocked", "complained": "spam"}
    kinds |= {"delivered": "delivered", "opened": "unique_opened", "clicked": "click", "unsubscribed": "unsubscribe"}
    kinds |= {"deferred": "deferred", "accepted": "request"}
    return {
        "event": kinds[event.kind],
        "email": event.to,
        "id": 26224,
        "date": "2026-11-20 12:00:00",
        "ts": event.seconds,
        "message-id": event.message_id,
        "ts_event": event.seconds,
        "ts_epoch": event.seconds * 1000,
        "subject": "Hi",
        "X-Mailin-custom": json.dumps({"mailflow_id": event.uuid}) if event.uuid else "",
        "sending_ip": "192.0.2.2",
        **({"reason": event.answer} if "bounced" in event.kind or event.kind == "rejected" else {}),
        **({"link": event.url} if event.url else {}),
    }


def _mailersend(event: Event) -> object:
    kinds = {"bounced": "hard_bounced", "soft_bounced": "soft_bounced", "complained": "spam_complaint"}
    kind = kinds.get(event.kind, event.kind)
    return {
        "type": f"activity.{kind}",
        "domain_id": "yv69oxl5kl785kw2",
        "created_at": event.iso,
        "data": {
            "object": "activity",
            "id": "62fb66bef54a112e920b5493",
            "type": kind,
            "created_at": event.iso,
            "email": {
                "object": "email",
                "id": "62fb66be",
                "created_at": event.iso,
                "from": "hello@shop.example",
                "subject": "Hi",
                "status": "rejected",
                "tags": [event.uuid] if event.uuid else None,
                "message": {"object": "message", "id": event.message_id},
                "recipient": {"object": "recipient", "id": "62c2", "email": event.to},
            },
            "morph": {"object": "recipient_bounce", "reason": event.answer} if "bounced" in event.kind else None,
        },
    }


def _mailgun(event: Event) -> object:
    data: dict[str, object] = {
        "id": "W3X4JOhFT-OZidZGKKr9iA",
        "event": {"bounced": "failed", "soft_bounced": "failed", "rejected": "failed"}.get(event.kind, event.kind),
        "timestamp": event.seconds + 0.5,
        "log-level": "error",
        "recipient": event.to,
        "recipient-domain": event.to.partition("@")[2],
        "message": {"headers": {"to": event.to, "message-id": event.message_id, "subject": "Hi"}, "size": 111},
        "user-variables": {"mailflow_id": event.uuid} if event.uuid else {},
        "tags": [],
    }
    if event.kind in {"bounced", "soft_bounced", "rejected"}:
        data |= {
            "severity": "permanent",
            "reason": "bounce" if event.kind == "bounced" else "generic",
            "delivery-status": {
                "attempt-no": 1,
                "code": 550,
                "description": "",
                "enhanced-code": event.code,
                "message": event.answer,
                "session-seconds": 0.4,
            },
        }
    if event.kind in {"opened", "clicked"}:
        data["client-info"] = {"client-type": "browser", "user-agent": "Mozilla/5.0 (X11) Firefox/140"}
        data["url"] = event.url
    return {"event-data": data}


def _mailjet(event: Event) -> object:
    kinds = {"bounced": "bounce", "soft_bounced": "bounce", "delivered": "sent", "complained": "spam"}
    return [
        {
            "event": kinds[event.kind],
            "time": event.seconds,
            "MessageID": 17,
            "Message_GUID": "1ab23cd4",
            "email": event.to,
            "mj_campaign_id": 7,
            "Payload": json.dumps({"mailflow_id": event.uuid}) if event.uuid else "",
            **(
                {
                    "blocked": False,
                    "hard_bounce": event.kind == "bounced",
                    "error_related_to": "recipient",
                    "error": "user unknown",
                    "comment": event.answer,
                }
                if "bounced" in event.kind
                else {}
            ),
        }
    ]


def _mailtrap(event: Event) -> object:
    kinds = {"bounced": "bounce", "soft_bounced": "soft bounce", "delivered": "delivery", "complained": "spam"}
    return {
        "events": [
            {
                "event": kinds[event.kind],
                "message_id": event.message_id,
                "sending_stream": "transactional",
                "email": event.to,
                "timestamp": event.seconds,
                "event_id": "bede7236-2284-43d6-a953-1fdcafd0fdbc",
                "custom_variables": {"mailflow_id": event.uuid} if event.uuid else {},
                **({"response": event.answer, "response_code": 550} if "bounced" in event.kind else {}),
            }
        ]
    }


def _mandrill(event: Event) -> object:
    kinds = {"bounced": "hard_bounce", "soft_bounced": "soft_bounce", "complained": "spam", "accepted": "send"}
    return [
        {
            "event": kinds[event.kind],
            "_id": event.message_id,
            "ts": event.seconds,
            "msg": {
                "_id": event.message_id,
                "ts": event.seconds,
                "email": event.to,
                "sender": "hello@shop.example",
                "subject": "Hi",
                "state": "bounced",
                "metadata": {"mailflow_id": event.uuid} if event.uuid else [],
                "tags": [],
                **({"diag": event.answer, "bounce_description": "bad_mailbox"} if "bounced" in event.kind else {}),
            },
        }
    ]


def _postal(event: Event) -> object:
    message = {
        "id": event.message_id,
        "token": "rtmuzogUauKN",
        "direction": "outgoing",
        "message_id": "<x@shop.example>",
        "to": event.to,
        "from": "hello@shop.example",
        "subject": "Hi",
        "timestamp": event.seconds,
        "tag": event.uuid or None,
    }
    status = {"bounced": "HardFail", "soft_bounced": "HardFail", "delivered": "Sent"}[event.kind]
    return {
        "event": "MessageDeliveryFailed",
        "timestamp": event.seconds,
        "payload": {"message": message, "status": status, "details": event.answer, "output": event.answer, "time": 0.2},
        "uuid": "0d9b9f9e",
    }


def _postmark(event: Event) -> object:
    metadata = {"mailflow_id": event.uuid} if event.uuid else {}
    common = {
        "MessageID": event.message_id,
        "Metadata": metadata,
        "Tag": "",
        "ServerID": 23,
        "MessageStream": "outbound",
    }
    if event.kind in {"bounced", "soft_bounced", "rejected"}:
        kind = {"bounced": "HardBounce", "soft_bounced": "SoftBounce", "rejected": "Blocked"}[event.kind]
        return {
            "RecordType": "Bounce",
            "ID": 42,
            "Type": kind,
            "TypeCode": 1,
            "Name": kind,
            "Description": "The server was unable to deliver your message.",
            "Details": event.answer,
            "Email": event.to,
            "From": "hello@shop.example",
            "BouncedAt": event.iso,
            "Inactive": True,
            **common,
        }
    records: dict[str, dict[str, object]] = {
        "complained": {
            "RecordType": "SpamComplaint",
            "Type": "SpamComplaint",
            "ID": 43,
            "Email": event.to,
            "BouncedAt": event.iso,
        },
        "delivered": {"RecordType": "Delivery", "Recipient": event.to, "DeliveredAt": event.iso, "Details": "250 OK"},
        "opened": {
            "RecordType": "Open",
            "Recipient": event.to,
            "ReceivedAt": event.iso,
            "UserAgent": "Mozilla/5.0 (X11)",
        },
        "clicked": {
            "RecordType": "Click",
            "Recipient": event.to,
            "ReceivedAt": event.iso,
            "OriginalLink": event.url,
            "UserAgent": "Mozilla/5.0 (X11)",
        },
        "unsubscribed": {
            "RecordType": "SubscriptionChange",
            "Recipient": event.to,
            "ChangedAt": event.iso,
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Origin": "Recipient",
        },
    }
    return {**records[event.kind], **common}


def _resend(event: Event) -> object:
    kinds = {"soft_bounced": "bounced", "deferred": "delivery_delayed", "accepted": "sent"}
    data: dict[str, object] = {
        "created_at": event.iso,
        "email_id": event.message_id,
        "from": "Shop <hello@shop.example>",
        "to": [event.to],
        "subject": "Hi",
        "headers": [{"name": "X-Metadata", "value": json.dumps({"mailflow_id": event.uuid})}] if event.uuid else [],
    }
    if event.kind in {"bounced", "soft_bounced"}:
        data["bounce"] = {
            "message": "The recipient's email provider sent a hard bounce message, but didn't specify the reason.",
            "type": "Permanent" if event.kind == "bounced" else "Transient",
            "subType": "General",
            "diagnosticCode": [event.answer],
        }
    if event.kind == "clicked":
        data["click"] = {
            "ipAddress": "192.0.2.1",
            "link": event.url,
            "timestamp": event.iso,
            "userAgent": "Mozilla/5.0",
        }
    return {"type": f"email.{kinds.get(event.kind, event.kind)}", "created_at": event.iso, "data": data}


def _sendgrid(event: Event) -> object:
    kinds = {"bounced": "bounce", "soft_bounced": "bounce", "rejected": "bounce", "complained": "spamreport"}
    kinds |= {"opened": "open", "clicked": "click", "unsubscribed": "unsubscribe", "accepted": "processed"}
    return [
        {
            "email": event.to,
            "timestamp": event.seconds,
            "event": kinds.get(event.kind, event.kind),
            "sg_event_id": "ZGVmZXJyZWQtMC0yNjk",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "anymail_id": event.message_id,
            **({"mailflow_id": event.uuid} if event.uuid else {}),
            **(
                {
                    "reason": event.answer,
                    "status": event.code,
                    "type": "bounce" if event.kind != "rejected" else "blocked",
                    "bounce_classification": "Invalid Address",
                    "ip": "192.0.2.2",
                }
                if "bounced" in event.kind or event.kind == "rejected"
                else {}
            ),
            **({"url": event.url, "useragent": "Mozilla/5.0 (X11)"} if event.kind == "clicked" else {}),
        }
    ]


def _sparkpost(event: Event) -> object:
    kinds = {"bounced": "bounce", "soft_bounced": "bounce", "delivered": "delivery", "complained": "spam_complaint"}
    said = {
        "type": kinds[event.kind],
        "event_id": "92356927693813856",
        "timestamp": str(event.seconds),
        "transmission_id": event.message_id,
        "message_id": "000443ee14578172be22",
        "rcpt_to": event.to,
        "raw_rcpt_to": event.to,
        "rcpt_meta": {"mailflow_id": event.uuid} if event.uuid else {},
        **(
            {"bounce_class": "10" if event.kind == "bounced" else "22", "raw_reason": event.answer, "reason": "…"}
            if "bounced" in event.kind
            else {}
        ),
    }
    return [{"msys": {"message_event": said}}]


def _unisender_go(event: Event) -> object:
    kinds = {"bounced": "hard_bounced", "complained": "spam", "delivered": "delivered"}
    data = {
        "job_id": event.message_id,
        "metadata": {"mailflow_id": event.uuid} if event.uuid else {},
        "email": event.to,
        "status": kinds[event.kind],
        "event_time": event.at.strftime("%Y-%m-%d %H:%M:%S"),
        "delivery_info": {"delivery_status": "err_user_unknown", "destination_response": event.answer},
    }
    name = {"event_name": "transactional_email_status", "event_data": data}
    return {"events_by_user": [{"user_id": 456, "project_id": "6123462132634", "events": [name]}]}


_BODIES = {
    "amazon_ses": _amazon_ses,
    "brevo": _brevo,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mailjet": _mailjet,
    "mailtrap": _mailtrap,
    "mandrill": _mandrill,
    "postal": _postal,
    "postmark": _postmark,
    "resend": _resend,
    "sendgrid": _sendgrid,
    "sparkpost": _sparkpost,
    "unisender_go": _unisender_go,
}
