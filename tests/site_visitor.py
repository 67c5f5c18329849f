"""The pages of a world over real HTTP, in this process, and a visitor without a browser who keeps cookies.

with shown(world) as site:
    answer = site.get("/desk")
    site.post(answer.form("/desk/sign-in"), address="ann@engineers.test")
"""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.routing import BaseRoute

from daemon import free_port
from mailgate import shipped
from mailgate.house import House
from mailgate.mail.page_html import on_page
from mailgate.settings import WebSettings
from mailgate.web.assets import Assets
from mailgate.web.pages import CUSTOMER, pages
from mailgate.web.serving import serve_web
from mailgate.web.shown import Shown
from mailgate.web.site import Site, made_csrf
from mailgate.web.throttle import Throttle
from mailgate.web.watched import Watched
from world import ROOT, World

HOST = "support.example.com"
URL = f"https://{HOST}"
_NOW: list[Callable[[], House]] = []
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<input\b([^>]*)>", re.DOTALL)
_UNCHECKED = re.compile(r'type="(?:checkbox|radio)"(?![^>]*\bchecked\b)')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """What a person reads of it, on one line."""
        return " ".join(
            unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|title)\b.*?</\1>", " ", self.text))).split()
        )

    def forms(self) -> dict[str, dict[str, str]]:
        """The fields that each form holds by itself (hidden ones, what is filled in), by its action."""
        found: dict[str, dict[str, str]] = {}
        for head, inner in _FORM.findall(self.text):
            action = unescape(dict(_ATTRIBUTE.findall(head)).get("action", self.path))
            inputs = [dict(_ATTRIBUTE.findall(one)) for one in _FIELD.findall(inner) if not _UNCHECKED.search(one)]
            found.setdefault(action, {}).update(
                {unescape(one["name"]): unescape(one.get("value", "")) for one in inputs if "name" in one}
            )
        return found


@dataclass
class Visitor:
    """A client at one address, `host` in its requests. It follows nothing by itself."""

    port: int
    host: str = HOST
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return self.ask(method, path, b"", headers)

    def post(
        self, path: str, fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Answer:
        """`fields` as a browser sends them (a list: several of one name); `files` by field: their name and octets."""
        if files is None:
            body, kind = urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(fields, files)
        return self.ask("POST", path, body, {"Content-Type": kind, "Origin": f"https://{self.host}"})

    def fill(self, page: Answer, action: str, **fields: Any) -> Answer:
        """Posts the form of that page whose action ends in `action`, with these fields filled in."""
        (path,) = [one for one in page.forms() if one.endswith(action)]
        return self.post(path, {**page.forms()[path], **fields})

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            sent = {"Host": self.host, **({"Cookie": kept} if kept else {}), **headers}
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            octets = answer.read()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return Answer(answer.status, answer.headers, octets, urlsplit(path).path)

    def another(self) -> Visitor:
        """Somebody else, who has no cookie of this one."""
        return replace(self, cookies={})


def _now() -> House:
    return _NOW[-1]()


@cache
def _dressed() -> tuple[Shown, Assets]:
    """One for all: to compile the templates takes a quarter of a second. Forms are signed by the house shown now."""
    folders = shipped.template_folders(ROOT)
    assets = Assets(folders)
    return Shown(folders, assets, made_csrf(_now)), assets


@contextmanager
def shown(world: World, *, local: bool = False, rooms: Sequence[BaseRoute] = CUSTOMER, **web: Any) -> Iterator[Visitor]:
    """The pages of that world until the end of the block. `web` are settings of `[web]` beside `listen` and `url`;
    `local`: for a browser, which comes to where they really are; `rooms` stand in place of the customer's pages."""
    if local:
        port = free_port()
        web |= {"listen": f"127.0.0.1:{port}", "url": f"http://127.0.0.1:{port}"}
    settings = replace(
        world.house.settings, web=WebSettings(**{"listen": "127.0.0.1:0", "url": URL, "desk": True, **web})
    )
    world.house = replace(world.house, settings=settings)
    house = world.house
    watched = Watched(settings, world.store, world.clock, {}, lambda _: [], world.clock.now())
    begun, ended = threading.Event(), asyncio.Event()
    found: list[Any] = []

    async def serve() -> None:
        found.append(asyncio.get_running_loop())
        # Who tries too often waits by the world's clock: how long a test takes changes nothing.
        throttle = Throttle(lambda: world.clock.now().timestamp())
        site = Site(lambda: world.house, *_dressed(), on_page, throttle=throttle)
        listening = await serve_web(settings, pages(watched, site, rooms))
        found.append(listening.port)
        begun.set()
        await ended.wait()
        await listening.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="pages")
    _NOW.append(lambda: world.house)
    thread.start()
    try:
        assert begun.wait(60)
        yield Visitor(found[1], urlsplit(settings.web.url or "").netloc)
    finally:
        _NOW.pop()
        found[0].call_soon_threadsafe(ended.set)
        thread.join(60)
        world.house = replace(house)


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    """The pages of the world that the test's own file makes."""
    with shown(world) as site:
        yield site


def _multipart(fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    line, parts = "----a-line-between-parts", list[bytes]()
    for name, value in fields.items():
        head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"'
        parts.extend(f"{head}\r\n\r\n{one}\r\n".encode() for one in (value if isinstance(value, list) else [value]))
    for name, (file, octets) in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: application/x-thing'
        parts.append(f"--{line}\r\n{head}\r\n\r\n".encode() + octets + b"\r\n")
    return b"".join(parts) + f"--{line}--\r\n".encode(), f"multipart/form-data; boundary={line}"
