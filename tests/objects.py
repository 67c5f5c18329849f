"""Object stores for tests: one in memory with moods, and a real S3 server (moto) behind a proxy that misbehaves."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from obstore.store import MemoryStore

from mailgate.errors import ObjectStoreError
from mailgate.mail.message import Octets
from mailgate.store.bucket import Bucket, Listed

REGION = "us-east-1"


class Moody(Bucket):
    """The real thing on obstore's store in memory. `down` is trouble with all that is asked; `before` is called with
    each request's verb and key, `after` when it is done."""

    def __init__(self, least: int = 0) -> None:
        memory = MemoryStore()
        super().__init__("s3://memory", lambda: memory, least)
        self.down = False
        self.before: Callable[[str, str], None] = lambda _verb, _key: None
        self.after: Callable[[str, str], None] = lambda _verb, _key: None
        self.asked: list[tuple[str, str]] = []

    def put(self, key: str, data: Octets) -> bool:
        self._look("put", key)
        return super().put(key, data)

    def get(self, key: str) -> bytes | None:
        self._look("get", key)
        return super().get(key)

    def size(self, key: str) -> int | None:
        self._look("size", key)
        return super().size(key)

    def delete(self, key: str) -> None:
        self._look("delete", key)
        super().delete(key)

    def replace(self, key: str, data: bytes) -> None:
        self._look("replace", key)
        super().replace(key, data)
        self.after("replace", key)

    def listed(self) -> Iterator[list[Listed]]:
        self._look("list", "")
        return super().listed()

    @property
    def keys(self) -> list[str]:
        """Of contents alone."""
        return [one.key for page in super().listed() for one in page if not one.key.startswith("mailgate-")]

    def alter(self, key: str, data: bytes) -> None:
        """Behind our back."""
        super().replace(key, data)

    def _look(self, verb: str, key: str) -> None:
        self.asked.append((verb, key))
        self.before(verb, key)
        if self.down:
            raise ObjectStoreError(f"{self.name}: is down")


Mood = Literal["well", "refuses", "hangs", "fails", "lies"]


class Proxy:
    """Between a client and an S3 server on loopback. `mood` is how it treats every request from now on."""

    def __init__(self, port: int) -> None:
        self.mood: Mood = "well"
        self.only: tuple[str, ...] = ("GET", "PUT", "HEAD", "POST", "DELETE")  # the verbs that feel it
        self._go_on = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                mood = proxy.mood if self.command in proxy.only else "well"
                if mood == "hangs":
                    proxy._go_on.wait()
                if mood in ("hangs", "refuses"):
                    self.close_connection = True
                    return
                if mood == "fails":
                    self._answer(500, [], b"<Error><Code>InternalError</Code></Error>")
                    return
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as server:
                    server.request(self.command, self.path, body, dict(self.headers))
                    answer = server.getresponse()
                    said = answer.read()
                if mood == "lies" and self.command == "GET" and "list-type" not in self.path:
                    said = said[:-1] + b"?"
                self._answer(answer.status, answer.getheaders(), said)

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                hop = ("connection", "transfer-encoding", "content-length")
                length = [value for name, value in headers if name.lower() == "content-length"]
                for name, value in headers:
                    if name.lower() not in hop:
                        self.send_header(name, value)
                head = self.command == "HEAD" and length
                self.send_header("Content-Length", length[0] if head else str(len(body)))
                self.end_headers()
                self.wfile.write(b"" if head else body)

        for verb in ("GET", "PUT", "HEAD", "POST", "DELETE"):
            setattr(Handler, f"do_{verb}", Handler._pass_on)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()


class S3:
    """A server with a bucket named "mail", and a proxy before it."""

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - 0.3 s, for the few who need it

        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self.port = int(self._server.get_host_and_port()[1])
        self.proxy = Proxy(self.port)
        self._ask("PUT", "/mail")

    def settings(self, prefix: str, **more: object) -> str:
        """Lines of `[store]` and `[store.s3]`, to stand behind `url`."""
        keys = "\n".join(f"{key} = {value}" for key, value in more.items())
        return f"""raw = "s3://mail/{prefix}"
[store.s3]
endpoint = "http://127.0.0.1:{self.proxy.port}"
region = "{REGION}"
{keys}
"""

    @contextmanager
    def feeling(self, mood: Mood, *only: str) -> Iterator[None]:
        was = self.proxy.only
        self.proxy.only, self.proxy.mood = only or was, mood
        try:
            yield
        finally:
            self.proxy.only, self.proxy.mood = was, "well"

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Contents by their keys, asked of the server itself."""
        listing = self._ask("GET", f"/mail?list-type=2&prefix={prefix}/").decode()
        keys = [part.partition("</Key>")[0].partition("/")[2] for part in listing.split("<Key>")[1:]]
        return {key: self._ask("GET", f"/mail/{prefix}/{key}") for key in keys if not key.startswith("mailgate-")}

    def delete(self, prefix: str, key: str) -> None:
        self._ask("DELETE", f"/mail/{prefix}/{key}")

    def stop(self) -> None:
        self.proxy.stop()
        self._server.stop()

    def _ask(self, verb: str, path: str) -> bytes:
        credential = (
            f"AWS4-HMAC-SHA256 Credential=us/20261122/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=x"
        )
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as server:
            server.request(verb, path, headers={"Authorization": credential})
            answer = server.getresponse()
            said: bytes = answer.read()
        assert answer.status < 300, said
        return said


@contextmanager
def s3_server() -> Iterator[S3]:
    server = S3()
    try:
        yield server
    finally:
        server.stop()
