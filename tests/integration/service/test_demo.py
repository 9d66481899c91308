"""The demo: our own day, and days that somebody else recorded."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.service.demo.day import OWN_DAY, load_day
from saleor_mailflow.testing.signing import SigningShop
from tests.recorded import body

START = datetime(2027, 3, 5, 14, 0, tzinfo=UTC)
EIGHT = ("abandoned_checkout", "welcome", "thank_you", "upsell", "review_request", "win_back", "birthday", "vip")
PLAY = [sys.executable, "-m", "saleor_mailflow.service.demo"]


@pytest.fixture(scope="module")
def environment(database_url: str) -> dict[str, str]:
    """A database for the demo alone, on the server that the tests use."""
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS mailflow_demo_test")
        connection.execute("CREATE DATABASE mailflow_demo_test")
    head, _, tail = database_url.partition("?")
    url = head.rpartition("/")[0] + "/mailflow_demo_test" + (f"?{tail}" if tail else "")
    return {**os.environ, "MAILFLOW_DATABASE_URL": url}


@pytest.fixture(scope="module")
def stranger() -> SigningShop:
    """Another shop than the recorded one, with another key."""
    return SigningShop("https://api.somewhere.example:8443/graphql/")


def once(environment: dict[str, str], *arguments: str) -> tuple[dict[str, Any], str]:
    """Play a day; return the figures of the last line, and what was said beside them."""
    done = subprocess.run([*PLAY, "--once", *arguments], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


class Recorder:
    """Writes a day as somebody else would have recorded it."""

    def __init__(self, directory: Path, shop: SigningShop) -> None:
        self.directory, self.shop, self.number = directory, shop, 0
        (directory / "jwks.json").write_text(json.dumps(shop.key_set()))

    def put(self, event: str, found: Mapping[str, object] | bytes, **headers: str) -> None:
        """Record a webhook; ``headers`` go over those it would have."""
        own, raw = self.shop.post(event, found)
        self.number += 1
        row = {"headers": own | headers, "raw_body_b64": base64.b64encode(raw).decode()}
        (self.directory / f"{self.number:03}.json").write_text(json.dumps(row))


def cart(token: str, email: str | None, at: datetime, **changes: object) -> dict[str, Any]:
    """A checkout of the channel that needs no consent, changed at a time."""
    found = body("CHECKOUT_UPDATED")
    found["issuedAt"] = (at + timedelta(milliseconds=100)).isoformat()
    place = {"firstName": "Mo", "lastName": "", "country": {"code": "US"}}
    found["checkout"] |= {
        "id": base64.b64encode(f"Checkout:{token}".encode()).decode(),
        "token": token,
        "email": email,
        "created": at.isoformat(),
        "updatedAt": at.isoformat(),
        "chargeStatus": "NONE",
        "authorizeStatus": "NONE",
        "user": None,
        "shippingAddress": place,
        "billingAddress": place,
        **changes,
    }
    return found


def token(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


# What must not stop the show, or start a flow.


def test_a_day_full_of_attacks_and_rubbish_is_played_to_its_end(
    environment: dict[str, str], stranger: SigningShop, tmp_path: Path
) -> None:
    day = Recorder(tmp_path, stranger)
    day.put("checkout_updated", cart(token(1), "mo@somewhere.example", START))
    forged = cart(token(2), "thief@somewhere.example", START)
    day.put("checkout_updated", forged, **{"Saleor-Signature": "e30..e30", "X-Saleor-Signature": "e30..e30"})
    day.put("checkout_updated", forged, **{"Saleor-Api-Url": "https://other.example/graphql/"})
    unknown = SigningShop(stranger.api_url)
    day.put("checkout_updated", forged, **unknown.headers("checkout_updated", json.dumps(forged).encode()))
    day.put("checkout_updated", b'{"a":"' + b"x" * 2_000_000 + b'"}')
    day.put("checkout_updated", b"[" * 5000)
    day.put("checkout_updated", {"__typename": "CheckoutUpdated", "issuedAt": START.isoformat(), "checkout": None})
    day.put("odd", {"__typename": "SomethingNew", "issuedAt": START.isoformat(), "n": 1e2})
    day.put("checkout_updated", cart(token(3), "bad\naddress@somewhere.example", START))
    future = cart(token(4), "later@somewhere.example", START)
    future["issuedAt"] = future["checkout"]["updatedAt"] = (START + timedelta(days=900)).isoformat()
    day.put("checkout_updated", future)
    (tmp_path / "story.json").write_text("{}")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "half.json").write_text('{"headers": [], "raw_body_b64": "%"}')
    (tmp_path / "notes.txt").write_text("not a webhook")
    figures, said = once(environment, "--day", str(tmp_path))
    # Mo's cart, the one that is not there, the odd one, the bad address, and the one from the future.
    assert figures["events"] == 5
    assert "thief" not in json.dumps(figures)
    assert said.count("refused with 401") == 3
    assert said.count("refused with 413") == 1
    assert said.count("refused with 400") == 1
    assert "broken.json was left out" in said
    assert "half.json was left out" in said
    assert "Traceback" not in said


def test_a_directory_without_a_day_says_so(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ConfigurationError):
            load_day(place)
    assert subprocess.run([*PLAY, "--once", "--day", str(tmp_path)], capture_output=True).returncode == 2


def test_a_real_shop_is_never_emptied(environment: dict[str, str], stranger: SigningShop, tmp_path: Path) -> None:
    import psycopg

    Recorder(tmp_path, stranger).put("checkout_updated", cart(token(1), "mo@somewhere.example", START))
    once(environment, "--day", str(tmp_path))
    with psycopg.connect(environment["MAILFLOW_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE mailflow_shop SET settings = '{}'")
        try:
            done = subprocess.run([*PLAY, "--once"], env=environment, capture_output=True, text=True)
            assert done.returncode == 2
            assert "belongs to api.somewhere.example:8443" in done.stderr
        finally:
            connection.execute("""UPDATE mailflow_shop SET settings = '{"demo": "yes"}'""")


# What must come of a day.


def test_our_own_day_comes_out_as_its_story_says(environment: dict[str, str]) -> None:
    began = time.monotonic()
    figures, said = once(environment)
    # A minute where nothing else runs; twice that is a show that nobody waits for.
    assert time.monotonic() - began < 120
    assert "refused" not in said
    # The day is over, a season passes: every flow writes to somebody.
    flows = figures.pop("flows")
    assert set(flows) >= set(EIGHT)
    assert [key for key in EIGHT if flows[key] < 1] == []
    assert figures == {
        "events": 99,
        "enrolled": 5,
        "sent": 7,
        "exits": {"completed": 4, "ordered": 1},
        "blocked": {"no_consent": 2},
    }


def test_another_shops_day_in_any_order_of_files(
    environment: dict[str, str], stranger: SigningShop, tmp_path: Path
) -> None:
    day = Recorder(tmp_path, stranger)
    # Recorded last, happened first: the times count and not the names.
    later = START + timedelta(minutes=30)
    day.put("checkout_updated", cart(token(2), "two@somewhere.example", later))
    day.put("checkout_updated", cart(token(1), "one@somewhere.example", START))
    figures, _ = once(environment, "--day", str(tmp_path))
    assert (figures["events"], figures["enrolled"], figures["sent"]) == (2, 2, 4)


def shown_to(home: str, people: str, subject: str) -> str | None:
    """Return the first mail with this subject as the page shows it."""
    found = re.search(rf'href="/(mails/[0-9a-f-]+/)"[^>]*>Mail: {re.escape(subject)}', people)
    return urlopen(home + found.group(1) + "html").read().decode() if found else None


def test_the_page_shows_each_mail_with_our_own_pictures(environment: dict[str, str]) -> None:
    show = subprocess.Popen(PLAY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert show.stdout is not None
    lines = []
    for line in show.stdout:
        lines.append(line)
        if "The day is over" in line:
            break
    home = next(word for word in lines[-1].split() if word.startswith("http://"))
    people = urlopen(home + "people").read().decode()
    mail = home + people.partition('href="/')[2].partition('"')[0]
    document = urlopen(mail + "html")
    assert "default-src 'none'" in document.headers["Content-Security-Policy"]
    shown = document.read().decode()
    assert 'src="/pictures/shirt.svg"' in shown
    assert 'src="https://shop.example.com' not in shown
    assert urlopen(home + "pictures/shirt.svg").headers["Content-Type"] == "image/svg+xml"
    assert "Warenkorb" in urlopen(mail + "text").read().decode()
    assert "anna.486@example.com" in urlopen(home).read().decode()
    # The season: a code in a mail, products in another, guests as well as customers, and nobody who only bought before.
    gift = shown_to(home, people, "Something to come back for, Hugo")
    assert gift is not None
    assert re.search(r"[A-Z0-9]{5}(-[A-Z0-9]{5}){2}", gift)
    beside = shown_to(home, people, "Goes well with your order, Zoe")
    assert beside is not None
    assert len(set(re.findall(r"/pictures/(\w+)\.svg", beside))) > 1
    assert "theo@neighbours.example" in people
    assert "ada@neighbours.example" not in people
    show.terminate()
    rest = show.stdout.read()
    show.wait(20)
    show.stdout.close()
    assert show.returncode == 0
    assert json.loads(rest.splitlines()[-1])["sent"] == 7


def test_the_day_that_ships_is_the_day_that_was_recorded() -> None:
    day = load_day(OWN_DAY)
    assert (len(day.webhooks), day.api_url, day.domain) == (99, "https://shop.example.com/graphql/", "shop.example.com")
    assert day.skipped == ()
    assert [recorded.name for recorded in day.webhooks] == sorted(recorded.name for recorded in day.webhooks)
