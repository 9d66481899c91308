"""Nothing is fetched to make a mail, whatever stands in it: behind a wall that lets no socket be opened."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.examples import example_cart
from saleor_mailflow.messages.facts import cart_facts
from saleor_mailflow.messages.inlining import as_read, inline_styles
from saleor_mailflow.messages.proof import prove
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.messages.render import compile_wording, render, render_wording
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.testing.world import World

#: Addresses that answer with something worth having, or that show that somebody asked.
INSIDE = (
    "http://169.254.169.254/x", "http://127.0.0.1:6379/", "http://[::1]:5432/", "http://localhost/a",
    "file:///etc/passwd", "//evil.example/x.css", "ftp://evil.example/x", "https://evil.example/x.css",
)  # fmt: skip


def test_the_wall_is_a_wall(wall: list[str]) -> None:
    with pytest.raises(AssertionError):
        socket.create_connection(("127.0.0.1", 1))
    with pytest.raises(AssertionError):
        socket.socket().connect(("127.0.0.1", 1))
    assert len(wall) == 2


@pytest.mark.parametrize("address", INSIDE)
def test_inlining_styles_fetches_and_reads_nothing(address: str, wall: list[str], tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: #c0ffee }")
    ways = (
        '<link rel="stylesheet" href="{0}">', "<style>@import url('{0}');</style>", "<style>@import '{0}';</style>",
        '<img src="{0}">', "<p style=\"background: url('{0}')\">x</p>", '<base href="{0}">', '<iframe src="{0}">',
        '<?xml-stylesheet href="{0}"?>', '<!DOCTYPE x SYSTEM "{0}">', '<object data="{0}">', '<svg><use href="{0}"/>',
    )  # fmt: skip
    for way in ways:
        for target in (address, secret.as_uri(), str(secret)):
            html = f"<html><head>{way.format(target)}</head><body><p>Hi</p></body></html>"
            assert "c0ffee" not in as_read(html)
            with suppress(TemplateFailed):
                assert "c0ffee" not in inline_styles(html)
    assert not wall


def test_the_inliner_would_read_a_file_if_it_were_let(tmp_path: Path) -> None:
    # Without this finding the test above would prove nothing.
    import css_inline

    secret = tmp_path / "secret.css"
    secret.write_text("p { color: #c0ffee }")
    html = f'<html><head><link rel="stylesheet" href="{secret.as_uri()}"></head><body><p>Hi</p></body></html>'
    assert "c0ffee" in css_inline.CSSInliner(load_remote_stylesheets=True).inline(html)


def addressed(value: Any, address: str, key: str = "") -> Any:
    """Return facts with an address in every text but the links, which are ours, and the language."""
    if isinstance(value, dict):
        return {name: addressed(item, address, name) for name, item in value.items()}
    if isinstance(value, list):
        return [addressed(item, address) for item in value]
    looks = key in {"logo", "accent", "accent_dark", "on_accent", "on_accent_dark"} or key.endswith("_font")
    ours = looks or key in {"language", "url"} or key.endswith("_url") or not isinstance(value, str)
    return value if ours else f'<link rel="stylesheet" href="{address}"><style>@import \'{address}\'</style>'


@pytest.mark.parametrize("template", [key for key, one in REGISTRY.items() if one.facts is cart_facts])
@pytest.mark.parametrize("language", LANGUAGES)
def test_rendering_fetches_nothing(template: str, language: str, wall: list[str]) -> None:
    for address in INSIDE:
        facts = addressed({**REGISTRY[template].example(language)}, address)
        for line in facts.get("basket", {}).get("lines", ()):
            line["picture"] = f"https://169.254.169.254/{len(address)}.png"
        render(template, language, facts)
    # And an address that is no link is left out before it comes this far.
    cart = example_cart(language)
    odd = ("file:///etc/passwd", "data:image/png,x", "//evil.example/x.png")
    lines = [{**line, "image_url": address} for line, address in zip(cart.lines, odd, strict=True)]
    basket: Any = cart_facts(replace(cart, lines=lines))["basket"]
    assert [line["picture"] for line in basket["lines"]] == [""] * 3
    assert not wall


def test_composing_a_batch_fetches_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # The database is open by now; nothing else may be.
    tried: list[object] = []
    world = World.begin()
    for address in INSIDE:
        world.people.checkout(world.now, email=f"a{len(address)}@example.com", first_name=address[:30])

    def refuse(*arguments: object, **_: object) -> None:
        tried.append(arguments)
        raise AssertionError

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    world.after(hours=2)
    assert len(world.mails) > 3
    assert not tried


def test_a_text_from_outside_cannot_make_anything_be_fetched(wall: list[str]) -> None:
    for address in INSIDE:
        said = render_wording(compile_wording("<img src='{{ a }}'>{{ a }}"), {"a": address})
        assert address.partition(":")[2].strip("/\\")[:9] in said
        with pytest.raises(TemplateFailed):
            render_wording(compile_wording(f"{{% include '{address}' %}}"), {})
    assert not wall


def test_the_trial_of_a_text_has_no_database_and_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://canary")
    hole = (
        "import os\nimport saleor_mailflow.messages.render as r\nr.try_wording = lambda *_: repr(sorted(os.environ))\n"
    )
    (tmp_path / "sitecustomize.py").write_text(hole)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(eval(prove("x", {}))) <= {"PYTHONPATH", "PYTHONUTF8", "LC_CTYPE"}
