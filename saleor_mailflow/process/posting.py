"""Post to an address that a merchant typed: https only, to a public address only, signed. Refuses to follow redirects.

The name is looked up once and the connection made to what was found, so that a name that changes its mind between the
look and the call (DNS rebinding) leads nowhere.

Signed as Standard Webhooks asks (https://www.standardwebhooks.com, version 1): ``webhook-id``, ``webhook-timestamp``
in seconds, ``webhook-signature: v1,<base64 of HMAC-SHA256 of id.timestamp.body>``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from saleor_mailflow.exceptions import ConfigurationError

#: Seconds to connect and to wait for the answer.
CONNECT_S, READ_S = 3.0, 5.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other system answered: a status, or why there was none ("" where there was)."""

    status: int = 0
    problem: str = ""

    @property
    def taken(self) -> bool:
        """Tell whether it was taken."""
        return 200 <= self.status < 300

    @property
    def hopeless(self) -> bool:
        """Tell whether asking again would be answered the same: it is not for this address, or gone."""
        return 300 <= self.status < 500 and self.status not in {408, 425, 429}


def check_address(url: str) -> str:
    """Return ``url`` where notices may go there. Raises ConfigurationError with a sentence where they may not."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        plain = False
    if not plain or not url.isprintable() or set(url) & set(' \\"<>'):
        raise ConfigurationError(f"{url[:80]!r} is no address for notices; give one that begins with https://.")
    return url


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature header of a body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def post(url: str, body: bytes, *, secret: str, message_id: str, timestamp: int) -> Answer:
    """Post a signed body; never raises for what the other side does. At most CONNECT_S + READ_S seconds."""
    try:
        parts = urlsplit(check_address(url))
        host, port = str(parts.hostname).encode("idna").decode(), parts.port or 443
        address = _public_address(host, port)
    except OSError as error:
        return Answer(problem=f"the name cannot be found ({error})"[:200])
    except UnicodeError:
        return Answer(problem="the name is none")
    except ValueError as error:
        return Answer(problem=str(error), status=0)
    headers = {
        "Host": host if port == 443 else f"{host}:{port}",
        "Content-Type": "application/json",
        "User-Agent": "saleor-mailflow",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    target = parts.path or "/"
    pool = urllib3.HTTPSConnectionPool(
        address,
        port,
        server_hostname=host,
        assert_hostname=host,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
        retries=False,
        maxsize=1,
    )
    try:
        answer = pool.request(
            "POST",
            f"{target}?{parts.query}" if parts.query else target,
            body=body,
            headers=headers,
            redirect=False,
            # Whatever it says besides its status, however much that is, nobody reads.
            preload_content=False,
        )
        return Answer(status=answer.status)
    except (HTTPError, OSError) as error:
        return Answer(problem=f"no answer ({type(error).__name__})")
    finally:
        pool.close()


def _public_address(host: str, port: int) -> str:
    """Return an address of the host that all the world may reach.

    Raises OSError where the name is unknown, ValueError where it leads into a network of ours.
    """
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in sorted(found):
        if not _for_all(ipaddress.ip_address(address)):
            raise ValueError("the name leads to an address inside a private network")
    return min(found)


# Addresses of IPv6 that stand for one of IPv4 (RFC 6052, RFC 3056), and site-local ones (RFC 3879): some of Python's
# versions call them public.
_INDIRECT = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "fec0::/10", "::/96")))


def _for_all(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in one for one in _INDIRECT)
