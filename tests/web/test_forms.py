"""What is posted: only by a form of ours, only so much, whatever it is made of. And who it is counted against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mailgate.errors import NotAllowed, NotFound, StoreError
from mailgate.house import House
from mailgate.web.forms import Form, csrf_token
from mailgate.web.guard import POSTED_OCTETS
from mailgate.web.peers import peer_of
from mailgate.web.site import acting, showing
from site_visitor import HOST, Answer, Visitor, shown
from world import World

ERRORS = {"forbidden": NotAllowed("only Ann may"), "nowhere": NotFound("case 1"), "store": StoreError("x: full")}


def told(_: Request, __: House, form: Form) -> Response:
    if form.text("fail") == "bug":
        raise ZeroDivisionError("a secret of ours")
    if error := ERRORS.get(form.text("fail")):
        raise error
    files = [(one.name, one.type, one.size) for one in form.files]
    return PlainTextResponse(f"{dict(form.fields)} {form.all('one')} {files}")


def peer(request: Request, _: House) -> Response:
    return PlainTextResponse(peer_of(request))


def knows(request: Request, _: House) -> bool:
    return "friend" in request.headers.get("user-agent", "")


ROUTES = (
    Route("/post/{token}", acting(told, lambda request: request.path_params["token"], knows), methods=["POST"]),
    Route("/peer", showing(peer)),
)


@contextmanager
def posting(**web: Any) -> Iterator[tuple[World, Visitor]]:
    with World() as world, shown(world, rooms=ROUTES, **web) as site:
        yield world, site


@pytest.fixture
def both() -> Iterator[tuple[World, Visitor]]:
    with posting() as found:
        yield found


def post(both: tuple[World, Visitor], bound: str = "mine", **fields: Any) -> Answer:
    world, site = both
    return site.post("/post/mine", {"csrf": csrf_token(world.house.link_keys.ring(), bound), **fields})


def test_a_form_of_ours_is_read_with_all_that_was_ticked(both: tuple[World, Visitor]) -> None:
    answer = post(both, one=["a", "b"], said="  Grüße  ")
    assert answer.status == 200
    assert "('a', 'b')" in answer.text
    assert "'said': '  Grüße  '" in answer.text


def test_without_the_token_of_a_form_of_ours_nothing_is_done(both: tuple[World, Visitor]) -> None:
    _, site = both
    assert site.post("/post/mine", {}).status == 403
    assert post(both, "another's").status == 403
    assert post(both, csrf="ä" * 32).status == 403


def test_what_another_site_sends_is_refused_even_with_the_token(both: tuple[World, Visitor]) -> None:
    world, site = both
    body = f"csrf={csrf_token(world.house.link_keys.ring(), 'mine')}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for said in ({}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": f"https://{HOST}"}):
        assert site.ask("POST", "/post/mine", body, {**form, **said}).status == 200
    for said in ({"Origin": "https://evil.example.net"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}):
        assert site.ask("POST", "/post/mine", body, {**form, **said}).status == 403


def test_too_much_is_refused_before_it_is_all_there(both: tuple[World, Visitor]) -> None:
    answer = post(both, said=["x" * 200_000] * (POSTED_OCTETS // 200_000 + 1))
    assert answer.status == 413
    assert "more than we take" in answer.words


def test_only_who_is_known_may_send_much(both: tuple[World, Visitor]) -> None:
    world, site = both
    fields = {"csrf": csrf_token(world.house.link_keys.ring(), "mine")}
    files = {"file": ("a.bin", b"x" * 2_000_000)}
    assert site.post("/post/mine", fields, files).status == 413
    friend = replace(site)
    kind = site.ask

    def as_friend(method: str, path: str, body: bytes, headers: Any) -> Answer:
        return kind(method, path, body, {**headers, "User-Agent": "friend"})

    friend.ask = as_friend  # type: ignore[method-assign]
    answer = friend.post("/post/mine", fields, files)
    assert "[('a.bin', 'application/x-thing', 2000000)]" in answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("multipart/form-data", b"--x--"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(2000))),
        ("application/x-www-form-urlencoded", b"a=\xff\xfe%ff"),
        ("text/plain", b"csrf=x"),
    ],
)
def test_what_is_no_form_is_refused_without_an_error(both: tuple[World, Visitor], kind: str, body: bytes) -> None:
    _, site = both
    assert site.ask("POST", "/post/mine", body, {"Content-Type": kind}).status in {400, 403}


@pytest.mark.parametrize(
    ("fail", "status", "words"),
    [
        ("forbidden", 403, "only Ann may"),
        ("nowhere", 404, "There is nothing here."),
        ("store", 503, "try again in a minute"),
        ("bug", 500, "Something went wrong on our side."),
    ],
)
def test_what_goes_wrong_is_told_in_words_for_people(
    both: tuple[World, Visitor], fail: str, status: int, words: str
) -> None:
    answer = post(both, fail=fail)
    assert answer.status == status
    assert words in answer.words
    assert "secret" not in answer.text


def test_a_visitor_is_who_asks_unless_a_proxy_of_ours_asks_for_him() -> None:
    said = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 127.0.0.1"}
    with posting() as (_, site):
        assert site.get("/peer", **said).text == "127.0.0.1"
    with posting(proxies=("127.0.0.0/8",)) as (_, site):
        assert site.get("/peer", **said).text == "198.51.100.7"
        assert site.get("/peer", **{"X-Forwarded-For": "2001:db8:1:2:3::4"}).text == "2001:db8:1:2::/64"
        assert site.get("/peer", **{"X-Forwarded-For": "::ffff:203.0.113.9"}).text == "203.0.113.9"
        assert site.get("/peer", **{"X-Forwarded-For": "203.0.113.9, ::ffff:127.0.0.1"}).text == "203.0.113.9"
        assert site.get("/peer", **{"X-Forwarded-For": "rubbish"}).text == "local"
        assert site.get("/peer").text == "127.0.0.1"
