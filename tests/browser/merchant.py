"""A merchant at the screens, who reads what stands there and presses it: each deed a sentence, each click counted.

Refuses to know more than the screens say: what is pressed is found by the words on it, nothing by its code.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page

#: What the Dashboard points at with blinking dots and a film until it was hidden once.
NEWS = ("saleor-pulse", "home-widgets", "new-customers-view", "customer-overview", "staff-customer-profiles")
#: Seconds of a person: to think, to move the hand, to point and click; and to press a key, slow typists counted in.
#: The operators M, H, P and K of Card, Moran and Newell, The Keystroke-Level Model, CACM 23 (1980).
THINK, HAND, POINT, KEY = 1.35, 0.4, 1.2, 0.28


@dataclass(frozen=True, kw_only=True)
class Trip:
    """What a way through the screens took: clicks, fields typed into, characters typed, seconds of the machine."""

    clicks: int
    fields: int
    characters: int
    seconds: float

    @property
    def by_hand(self) -> float:
        """Return the seconds a person takes for the same, by the keystroke-level model, our answers included."""
        return (self.clicks + self.fields) * (THINK + HAND + POINT) + self.characters * KEY + self.seconds


@dataclass(kw_only=True)
class Merchant:
    """Somebody with a mouse and a keyboard. ``page`` is the window, ``screen`` where in it our app is."""

    page: Page
    screen: Page | FrameLocator
    name: str = ""
    clicks: int = 0
    fields: int = 0
    characters: int = 0
    began: float = field(default_factory=time.monotonic)

    def trip(self) -> Trip:
        """Return what it took so far."""
        seconds = time.monotonic() - self.began
        return Trip(clicks=self.clicks, fields=self.fields, characters=self.characters, seconds=seconds)

    def shows(self, name: str) -> None:
        """Take a picture of the window, where MAILFLOW_PICTURES names a folder."""
        if folder := os.environ.get("MAILFLOW_PICTURES"):
            self.page.screenshot(path=Path(folder) / f"{self.name}-{name}.png")

    # Deeds of the hand.

    def presses(self, what: Locator) -> None:
        """Click once."""
        what.click()
        self.clicks += 1

    def presses_button(self, name: str) -> None:
        """Press the button that says so."""
        self.presses(self.screen.get_by_role("button", name=name, exact=True))

    def types(self, label: str, text: str) -> None:
        """Type into the field with this label; the one click into it is counted with the field."""
        self.screen.get_by_label(label).fill(text)
        self.fields += 1
        self.characters += len(text)

    def chooses(self, label: str, text: str) -> None:
        """Pick from a list: a click opens it, another one picks."""
        self.screen.get_by_label(label).select_option(label=text)
        self.clicks += 2

    # What a merchant does with them.

    def signs_in(self, dashboard: str, email: str, password: str) -> None:
        """Sign in to the Saleor Dashboard, by its own form; its news, laid over its screens, were read before."""
        read = json.dumps({key: {"manuallyHidden": True, "firstSeenAt": 1} for key in NEWS})
        self.page.add_init_script(f"localStorage.setItem('dashboard-ripples', {json.dumps(read)})")
        self.page.goto(dashboard)
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("button[type=submit]").click()
        self.page.get_by_role("link", name="Customers").first.wait_for()

    def finds_mail_flows(self) -> None:
        """Open what the plugin put into the Dashboard's side bar."""
        self.presses(self.page.get_by_role("link", name="Customers").first)
        self.presses(self.page.get_by_role("link", name="Mail flows").first)
        self.screen = self.page.frame_locator("[data-test-id=app-frame]")

    def begins(self) -> None:
        """Follow what the first screen says is next."""
        self.screen.get_by_text("Nothing is sent yet.").wait_for()
        self.presses(self.screen.get_by_role("link", name="Set up", exact=True))
        self.screen.get_by_label("Sender name").wait_for()

    def says_who_writes(self, name: str, address: str) -> None:
        """Fill in the sender."""
        self.types("Sender name", name)
        self.types("Sender address", address)
        self.goes_on()

    def says_where_the_shop_is(self, address: str) -> None:
        """Fill in the postal address."""
        self.types("Postal address", address)
        self.goes_on()

    def names_the_mail_server(self, host: str, port: int) -> None:
        """Choose SMTP and name the server."""
        self.chooses("Mail provider", "SMTP server")
        self.types("Mail server", host)
        self.types("Port", str(port))
        self.goes_on()

    def says_where_the_cart_is(self, link: str) -> None:
        """Fill in the storefront's address of a cart."""
        self.types("Cart address of your storefront: all channels", link)
        self.goes_on()

    def keeps_to_the_law(self) -> None:
        """Leave whom to write to as the law of each country asks."""
        assert self.screen.get_by_role("radio", name="As the law of their country asks").is_checked()
        self.goes_on()

    def reads_what_the_world_says(self) -> None:
        """Look at what was found around the sender's domain."""
        self.screen.get_by_role("button", name="Look again").wait_for()
        self.presses_button("Go on")

    def sends_a_test_mail(self, to: str = "") -> str:
        """Send a test mail, to the address that stands there already or to another; return what the screen says."""
        if to:
            self.types("Your own address", to)
        self.presses_button("Send a test mail")
        said = self.screen.get_by_role("alert")
        said.wait_for()
        return said.inner_text()

    def goes_live(self) -> None:
        """Switch the first flow on, and mean it."""
        self.presses_button("Go on")
        self.presses(self.screen.get_by_role("radio", name="Live"))
        self.presses_button("Go live")
        self.screen.get_by_text("Abandoned checkout is live.").first.wait_for()

    def goes_on(self) -> None:
        """Save what was typed; the next question opens."""
        before = self.screen.locator(".guide details[open] summary").inner_text()
        self.presses_button("Save and go on")
        self.screen.locator(".guide details[open] summary").filter(has_not_text=before).wait_for()
