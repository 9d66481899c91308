"""Let the links of a marketing mail go through ours, each to a destination fixed here, so that clicks are known.

Refuses to lead anywhere but to the merchant's own hosts: whatever else stands in a mail stays as it is. Refuses to
touch the ways out (unsubscribe, preferences, back to the cart), which are signed links of ours already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urlsplit
from uuid import UUID

from saleor_mailflow.audience.machines import TRAP
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.links import LinkSigner
from saleor_mailflow.messages.mail import RenderedMail

#: The most links of one mail that are followed, and the longest address. What is beyond stays as it is.
MOST, LONGEST = 200, 2_000

# The inliner writes every attribute in double quotes. Whatever is not as it writes is left alone. Found rather than
# matched: a pattern that looks at every sign of a mail costs a tenth of its rendering.
_HREF = ' href="'
_IN_TEXT = re.compile(r"https?://[^\s<>]*[^\s<>\"'.,;:!?)\]}]")
# One address and nothing else: no blank or line break, no other sign that programs read in several ways.
_PLAIN = re.compile(r"https?://[^\x00-\x20\x7f-\x9f\s<>\"'\\^`{|}]+", re.IGNORECASE)
_OWN = re.compile(r"/[a-z]/[A-Za-z0-9_-]{68}")


def leads_home(url: str, hosts: Collection[str]) -> bool:
    """Tell whether a link may lead to ``url``: one plain web address of one of ``hosts`` (lower case, with port)."""
    return is_plain(url) and urlsplit(url).netloc.lower() in hosts


@lru_cache(maxsize=4096)
def is_plain(url: str) -> bool:
    """Tell whether ``url`` is one web address: http or https, a host, no user before it, nothing to smuggle by."""
    if len(url) > LONGEST or not _PLAIN.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.netloc) and "@" not in parts.netloc and parts.scheme in {"https", "http"}


def hosts_of(settings: ShopSettings, base: str) -> frozenset[str]:
    """Return the hosts that links of a shop may lead to: its storefronts', and where its own pages are (``base``)."""
    found: set[str] = set()
    for link in (*settings.storefront_links.values(), base):
        try:
            found.add(urlsplit(link).netloc.lower())
        except ValueError:
            # Nothing leads to an address that cannot be read.
            continue
    return frozenset(host for host in found if host and not set(host) & set("{}@\\"))


class Tracker:
    """Rewrites the mails of one run of the outbox, after they were rendered."""

    def __init__(self, signer: LinkSigner, settings: ShopSettings, *, base: str) -> None:
        """``base`` is the address below which our own links are served, without a final slash."""
        self._signer, self._base = signer, base
        self._clicks, self._opens = settings.track_clicks, settings.track_opens
        self._hosts = hosts_of(settings, base)

    def track(
        self,
        mail: RenderedMail,
        *,
        contact_id: int,
        message: UUID,
        home: str,
        known: Sequence[str] = (),
        hosts: Collection[str] = (),
    ) -> tuple[RenderedMail, tuple[str, ...]]:
        """Return the mail with its links rewritten, and where each leads, by number.

        ``known`` are the destinations of an earlier rendering, which may have left: their numbers stay theirs.
        ``hosts`` are those that the template declares. ``home`` is the front door, "" where none is known.
        """
        html, text, numbers = mail.html, mail.text, {url: number for number, url in enumerate(known)}
        if self._clicks:
            allowed = self._hosts.union(hosts)

            found: dict[str, str] = {}

            def ours(url: str) -> str:
                """Return our link for an address, "" where it stays as it is."""
                if url in found:
                    return found[url]
                found[url] = ""
                if url not in numbers:
                    its_own = url.startswith(f"{self._base}/") and _OWN.match(url, len(self._base))
                    if its_own or len(numbers) >= MOST or not leads_home(url, allowed):
                        return ""
                    numbers[url] = len(numbers)
                found[url] = self._signer.click(contact_id=contact_id, message=message, number=numbers[url])
                return found[url]

            html = _in_html(html, ours)
            text = _IN_TEXT.sub(lambda found: (_stands_alone(found) and ours(found[0])) or found[0], text)
        more = self._trap(contact_id, message) if self._clicks and home else ""
        if self._opens:
            picture = escape(self._signer.open(contact_id=contact_id, message=message))
            more += f'<img src="{picture}" width="1" height="1" alt="" style="display:block">'
        if more:
            html = _before_the_end(html, more)
        return RenderedMail(subject=mail.subject, html=html, text=text), tuple(_in_order(numbers.items()))

    def _trap(self, contact_id: int, message: UUID) -> str:
        # Nothing to see, to hear or to reach by keyboard, and nothing in the text part: only programs follow it.
        link = self._signer.click(contact_id=contact_id, message=message, number=TRAP)
        return f'<a href="{link}" style="display:none" tabindex="-1" aria-hidden="true"></a>'


def _in_html(html: str, ours: Callable[[str], str]) -> str:
    """Return HTML with the addresses that its links have replaced by what ``ours`` makes of them, if anything."""
    parts, kept, at = [], 0, html.find(_HREF)
    while at >= 0:
        # Not farther back than a tag is long, or a text full of these would be searched again and again.
        begin, tag = at + len(_HREF), html.rfind("<", max(kept, at - LONGEST), at)
        end = html.find('"', begin)
        if end > 0 and tag >= 0 and html.startswith(("<a ", "<area "), tag) and html.find(">", tag, at) < 0:
            replaced = ours(unescape(html[begin:end]))
            if replaced:
                parts += [html[kept:begin], escape(replaced)]
                kept = end
        at = html.find(_HREF, begin)
    return "".join([*parts, html[kept:]]) if parts else html


def _stands_alone(found: re.Match[str]) -> bool:
    """Tell whether an address in a text is no part of a longer word."""
    before = found.string[found.start() - 1 : found.start()]
    return not before or before.isspace() or before in "(<[\"'"


def _in_order(numbers: Iterable[tuple[str, int]]) -> list[str]:
    return [url for url, _ in sorted(numbers, key=lambda one: one[1])]


def _before_the_end(html: str, more: str) -> str:
    head, end, tail = html.rpartition("</body>")
    return f"{head}{more}{end}{tail}" if end else html + more
