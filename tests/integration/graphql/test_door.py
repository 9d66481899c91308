"""The door of the API: what is refused before anything is run, and what a caller never hears."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client

from saleor_mailflow.graphql import limits, remote, views
from saleor_mailflow.graphql.query import Query
from saleor_mailflow.models import Contact, Shop
from tests.integration.graphql.conftest import ALL, Api
from tests.integration.graphql.shop_door import ShopDoor

ME = "{ me { actor } }"


def raw(body: bytes, content_type: str = "application/json", **headers: str) -> Any:
    return Client().post("/graphql/", body, content_type=content_type, headers=headers)


def sentence(response: Any) -> str:
    return str(response.json()["errors"][0]["message"])


def test_only_a_post_of_json_is_taken(shop: Shop) -> None:
    got = Client().get("/graphql/", {"query": ME})
    assert (got.status_code, got["Allow"]) == (405, "POST")
    assert "POST" in sentence(got)
    form = Client().post("/graphql/", {"query": ME})
    assert form.status_code == 400
    assert "application/json" in sentence(form)
    assert raw(json.dumps({"query": ME}).encode(), "text/plain").status_code == 400
    for body in (
        b"",
        b"{",
        b"[" * 20_000,
        b'"me"',
        b'{"query": 7}',
        b'{"query": ""}',
        b'{"query": "{me}", "variables": []}',
    ):
        assert raw(body).status_code == 400, body[:20]


def test_several_requests_in_one_are_not_taken(shop: Shop, door: ShopDoor) -> None:
    answer = raw(json.dumps([{"query": ME}, {"query": ME}]).encode())
    assert answer.status_code == 400
    assert "one by one" in sentence(answer)


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_no_database_keeps_is_refused_and_is_no_mistake_of_ours(api: Api, sign: str) -> None:
    spelled = json.dumps(f"a{sign}")
    by_text = api.post(f"mutation {{ flowRetire(key: {spelled}) {{ __typename }} }}")
    by_variable = api.post("mutation ($k: String!) { flowRetire(key: $k) { __typename } }", k=f"a{sign}")
    deep = api.post("query ($k: [[String]]) { __typename }", k=[[{f"{sign}": 1}]])
    for answer in (by_text, by_variable, deep):
        assert answer.status_code == 400
        assert "half a character" in answer.json()["errors"][0]["message"]


def test_large_bodies_and_texts_are_not_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_BODY_BYTES", 1000)
    assert raw(json.dumps({"query": ME, "variables": {"a": "x" * 1000}}).encode()).status_code == 413
    monkeypatch.setattr(views, "MAX_QUERY_CHARACTERS", 100)
    assert "characters" in sentence(raw(json.dumps({"query": "{me}" + " " * 100}).encode()))


def many(template: str, times: int) -> str:
    return "{ " + " ".join(template.replace("#", str(n)) for n in range(times)) + " }"


DEEP = "{ flows " + "{ versions(first: 1) { edges { node " * 6 + "{ id }" + " } } }" * 6 + " }"
PAGES = "{ contacts(first: 100) { edges { node { messages(first: 100) { edges { node { id } } } } } } }"
DEAR = "{ contacts(first: 100) { edges { node { why { known } enrollments(first: 100) { totalCount } } } } }"
LARGE = "{ contacts(first: 3000) { edges { node { id email firstName lastName tags { tag } } } } }"
LOOP = "query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
PAUSES = "mutation " + many("a#: mailPause { pausedAt }", limits.MAX_MUTATIONS + 1)

TOO_MUCH = {
    "depth": (DEEP, "levels"),
    "aliases": (many("a#: health { well }", limits.MAX_ALIASES + 1), "side by side"),
    "roots": (many("a#: me { actor } b#: flows { id } c#: topics { id }", 9), "root"),
    "pages in pages": (PAGES, "costs more"),
    "dear fields": (DEAR, "costs more"),
    "a large page": (LARGE, "costs more"),
    "a loop": (LOOP, "itself"),
    "no fragment": ("{ me { ...None } }", "no fragment"),
    "fields": ("{ " + "me { actor } " * 600 + "}", "fields"),
    "brackets": ("{a" * 9000, "nested"),
    "mutations": (PAUSES, "root"),
    "introspection": ("{ __schema { types { fields { type { fields { name } } } } } }", "Introspection"),
    "two operations": ("query A { me { actor } } query B { me { actor } }", "operationName"),
    "syntax": ("{ me { actor ", "Syntax"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_asks_for_too_much_is_never_run(api: Api, what: str) -> None:
    query, word = TOO_MUCH[what]
    answer = api.post(query)
    assert answer.status_code == 400
    assert word in sentence(answer)


def test_a_page_asked_by_a_variable_costs_what_it_holds(api: Api) -> None:
    inner = "messages(first: $n) { edges { node { id html } } }"
    query = f"query ($n: Int = 2) {{ contacts(first: $n) {{ edges {{ node {{ {inner} }} }} }} }}"
    assert api.post(query).status_code == 200
    assert "costs" in sentence(api.post(query, n=100))


def test_the_usual_tools_may_look_at_the_schema(api: Api) -> None:
    from graphql.utils.introspection_query import introspection_query

    found = api.ask(introspection_query)["__schema"]["types"]
    assert {"Flow", "Contact", "Message"} <= {one["name"] for one in found}


def test_a_mistake_of_ours_is_told_by_a_reference_only(
    shop: Shop, door: ShopDoor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Contact.objects.create(
        shop=shop, email="anna@northmill.example", first_seen_at=shop.created_at, updated_at=shop.created_at
    )

    def broken(*_: Any) -> None:
        raise RuntimeError("duplicate key (anna@northmill.example)")

    monkeypatch.setattr("saleor_mailflow.graphql.types.contact.ask_why", broken)
    clerk = Api(door.staff(*ALL))
    with caplog.at_level(logging.DEBUG, logger="saleor_mailflow"):
        answer = clerk.post('{ contact(email: "anna@northmill.example") { why { known } } }')
    told = answer.json()["errors"][0]
    assert told["extensions"]["exception"] == {"code": "InternalError"}
    assert "anna" not in answer.content.decode()
    assert told["extensions"]["reference"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "anna" not in caplog.text
    assert "Traceback" not in answer.content.decode()


def test_answers_are_kept_by_nobody(api: Api) -> None:
    answer = api.post(ME)
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer


def test_the_shop_is_asked_about_a_token_once_and_its_word_does_not_last(
    shop: Shop, door: ShopDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = door.staff(*ALL)
    assert [Api(token).refused(ME) for _ in range(3)] == [[], [], []]
    assert door.asked == 1
    door.people.clear()
    monkeypatch.setattr(remote, "KEEP_YES_S", -1.0)
    remote.forget()
    assert Api(token).refused(ME) == ["InvalidTokenError"]


def test_a_token_is_kept_by_its_hash_only(shop: Shop, door: ShopDoor) -> None:
    token = door.staff(*ALL)
    Api(token).ask(ME)
    assert remote._kept
    assert token not in repr(remote._kept)


def test_a_shop_that_does_not_answer_lets_nobody_in(shop: Shop, door: ShopDoor) -> None:
    token = door.staff(*ALL)
    door.broken = 503
    assert Api(token).refused(ME) == ["PermissionDenied"]
    door.broken = 302
    assert Api(token).refused(ME) == ["PermissionDenied"]
    door.broken = 0
    assert Api(token).refused(ME) == []


def test_made_up_tokens_do_not_make_us_ask_the_shop_for_ever(shop: Shop, door: ShopDoor) -> None:
    for _ in range(remote.MOST_A_MINUTE + 5):
        token = door.staff(*ALL)
        door.people.clear()
        Api(token).refused(ME)
    assert door.asked <= remote.MOST_A_MINUTE
    assert Api("nonsense").refused(ME) == ["InvalidTokenError"]
    assert Api("x" * 10_000).refused(ME) == ["InvalidTokenError"]


def test_two_headers_do_not_make_two_callers(shop: Shop, door: ShopDoor) -> None:
    """Saleor reads Authorization-Bearer first; so do we, and the other one is nobody's."""
    client, good = Client(), door.staff(*ALL)
    headers = {"authorization": f"Bearer {good}", "authorization-bearer": door.customer()}
    answer = client.post("/graphql/", {"query": ME}, content_type="application/json", headers=headers)
    assert answer.json()["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"
    for scheme in ("Bearer", "JWT", "bearer"):
        headers = {"authorization": f"{scheme} {good}"}
        assert (
            "errors"
            not in client.post("/graphql/", {"query": ME}, content_type="application/json", headers=headers).json()
        )
    for scheme in ("Basic", "Token", ""):
        headers = {"authorization": f"{scheme} {good}"}
        assert (
            "errors" in client.post("/graphql/", {"query": ME}, content_type="application/json", headers=headers).json()
        )


def test_the_demos_token_counts_in_the_demo_only(shop: Shop, door: ShopDoor, settings: Any) -> None:
    from saleor_mailflow.service import settings as service

    assert not hasattr(service, "MAILFLOW_DEMO_TOKEN")
    assert Api("demo-token").refused(ME) == ["InvalidTokenError"]
    settings.MAILFLOW_DEMO_TOKEN = "demo-token"
    assert Api("demo-token").ask(ME) == {"me": {"actor": "demo"}}
    assert Api("demo-tokens").refused(ME) == ["InvalidTokenError"]
    settings.MAILFLOW_DEMO_TOKEN = ""
    assert Api("").refused(ME) == ["PermissionDenied"]


def test_which_shop_is_asked_must_be_said_where_there_are_several(shop: Shop, door: ShopDoor) -> None:
    Shop.objects.create(domain="other.example", api_url="https://other.example/graphql/", road=Shop.Road.APP)
    token = door.staff(*ALL)
    assert "other.example" in sentence(Api(token).post(ME))
    asked = Api(token)
    asked.headers["saleor-api-url"] = shop.api_url
    assert asked.ask("{ me { shop } }") == {"me": {"shop": shop.domain}}


def test_a_reading_never_writes(api: Api) -> None:
    """Every question is a field of Query; nothing there may be one that changes."""
    assert not [name for name in Query._meta.fields if name.startswith(("set_", "save", "send", "delete", "erase"))]
