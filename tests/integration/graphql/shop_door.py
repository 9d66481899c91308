"""A shop's own API as the standalone service sees it: it knows its tokens and says who stands behind each."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OWN_APP, OTHER_APP = "QXBwOjE3", "QXBwOjE4"


def global_id(kind: str, key: object) -> str:
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


@dataclass
class ShopDoor:
    """Tokens that the shop takes, what it says of each, and how often it was asked."""

    url: str = ""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    #: Answers with this status instead of a word about the token.
    broken: int = 0

    def staff(self, *permissions: str, number: int = 7, is_staff: bool = True, **claims: Any) -> str:
        """Return the access token of somebody who signed in with a password."""
        token = jwt(type="access", is_staff=is_staff, user_id=global_id("User", number), **claims)
        self.people[token] = _person(number, is_staff, permissions)
        return token

    def customer(self) -> str:
        """Return the token of somebody who shops."""
        return self.staff(number=8, is_staff=False)

    def frame(self, *permissions: str, app: str = OWN_APP, number: int = 7, **claims: Any) -> str:
        """Return the token that the Dashboard gives an app's frame: the app's permissions, and all of the user's."""
        token = jwt(type="thirdparty", is_staff=True, app=app, permissions=[], user_permissions=permissions, **claims)
        self.people[token] = _person(number, True, ())
        return token

    def app(self, *permissions: str, number: int = 17, active: bool = True) -> str:
        """Return an app's own token: thirty letters and digits."""
        token = f"app{len(self.apps):027d}"
        codes = [{"code": code} for code in permissions]
        self.apps[token] = {"id": global_id("App", number), "isActive": active, "permissions": codes}
        return token

    def answer(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer as Saleor does."""
        self.asked += 1
        if "MailflowApp" in body["query"]:
            return {"data": {"app": self.apps.get(token)}}
        person = self.people.get(token)
        if person is None:
            return {"errors": [{"message": "Invalid token."}], "data": {"me": None}}
        data: dict[str, Any] = {"me": person}
        if "MailflowFrame" in body["query"]:
            ours = body["variables"]["app"] == OWN_APP
            data["app"] = {"identifier": "saleor.mailflow" if ours else "another.app", "isActive": True}
        return {"data": data}


def jwt(*, lasts: float = 300, **claims: Any) -> str:
    """Return a token of Saleor's form; what it is worth only the shop knows."""
    said = {"owner": "saleor", "exp": int(time.time() + lasts), "n": time.perf_counter_ns(), **claims}
    parts = ({"alg": "RS256", "kid": "1"}, said)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts), "s"])


@contextmanager
def shop_door() -> Iterator[ShopDoor]:
    """Serve a shop's API on a port of this machine."""
    door = ShopDoor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(door.answer(self.headers.get("Authorization-Bearer", ""), body)).encode()
            self.send_response(door.broken or 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_port}/graphql/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _person(number: int, is_staff: bool, permissions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": global_id("User", number),
        "isStaff": is_staff,
        "isActive": True,
        "userPermissions": [{"code": code} for code in permissions],
    }
