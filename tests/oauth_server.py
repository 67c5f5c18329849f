"""An OAuth server by script: a token endpoint (RFC 6749 §4.4), and one where a mail server asks what a token is worth
(RFC 7662).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs


class Tokens:
    """Each token is new, `user`'s, and lasts `seconds`. `asked`: forms for tokens; `shown`: tokens asked about."""

    def __init__(self, seconds: int = 3600, user: str = "") -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.shown: list[tuple[str, bool]] = []
        self.seconds, self.status, self.user = seconds, 200, user
        self.given_at: dict[str, float] = {}
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                answer = tokens.worth(form["token"][0]) if self.path == "/introspect" else tokens.give(form)
                body = json.dumps(answer).encode()
                self.send_response(200 if self.path == "/introspect" else tokens.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"
        self.introspection = self.url.replace("/token", "/introspect")

    def give(self, form: dict[str, list[str]]) -> dict[str, Any]:
        self.asked.append(form)
        if self.status != 200:
            return {"error": "invalid_client"}
        token = f"token-{len(self.asked)}"
        self.given_at[token] = time.monotonic()
        return {"access_token": token, "expires_in": self.seconds}

    def worth(self, token: str) -> dict[str, Any]:
        active = time.monotonic() - self.given_at.get(token, -1e9) < self.seconds
        self.shown.append((token, active))
        return {"active": active, "username": self.user} if active else {"active": False}

    @contextmanager
    def running(self) -> Iterator[Tokens]:
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()
