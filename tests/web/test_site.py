"""What holds for every page: who asks by which name, what browsers are told, what is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from site_visitor import Visitor, shown
from world import World


@pytest.fixture
def site() -> Iterator[Visitor]:
    with World() as world, shown(world) as site:
        yield site


def test_every_answer_tells_browsers_to_run_nothing_and_to_tell_nobody(site: Visitor) -> None:
    for path in ("/nowhere", "/healthz"):
        said = site.get(path).headers
        assert "script" not in said["Content-Security-Policy"]
        assert said["Content-Security-Policy"].startswith("default-src 'none';")
        assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
        assert said["Referrer-Policy"] == "no-referrer"
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["X-Frame-Options"] == "DENY"
        assert said["Strict-Transport-Security"] == "max-age=31536000"
        assert said["Cache-Control"] == "no-store"


def test_without_tls_nobody_is_told_to_insist_on_it() -> None:
    with World() as world, shown(world, url="http://127.0.0.1:8025") as site:
        assert site.get("/healthz").headers["Strict-Transport-Security"] is None


def test_what_is_not_there_is_a_page_that_says_so(site: Visitor) -> None:
    answer = site.get("/nowhere")
    assert answer.status == 404
    assert "There is nothing here." in answer.words


def test_the_sheet_is_kept_for_long_under_a_name_of_its_content(site: Visitor) -> None:
    sheet = site.get("/nowhere").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = site.get(sheet)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert site.get("/assets/..%2fmailgate.css").status == 404


def test_the_public_name_shows_no_affairs_of_the_gate(site: Visitor) -> None:
    inside = Visitor(site.port, "127.0.0.1")
    assert (site.get("/metrics").status, inside.get("/metrics").status) == (404, 200)
    assert site.get("/readyz").status == 404
    assert "ready" in inside.get("/readyz").text


def test_another_name_is_not_ours(site: Visitor) -> None:
    assert Visitor(site.port, "rebound.example.net").get("/nowhere").status == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("10.1.2.3", 200),
        ("[fd00::1]", 200),
        ("localhost", 200),
        ("mailgate", 200),
        ("support.example.com", 404),
        ("rebound.example.net", 404),
        ("mailgate.example.net", 404),
    ],
)
def test_where_all_can_listen_the_affairs_of_the_gate_are_not_shown_by_any_name(host: str, status: int) -> None:
    with World() as world, shown(world, listen="0.0.0.0:0") as site:
        asker = Visitor(site.port, host)
        assert [asker.get(path).status for path in ("/metrics", "/readyz")] == [status, status]
        assert asker.get("/healthz").status == 200


def test_the_name_that_a_proxy_asks_by_is_told_until_it_is_the_public_one(site: Visitor) -> None:
    def told() -> tuple[str, list[str]]:
        said = json.loads(Visitor(site.port, "127.0.0.1").get("/readyz").text)
        return said["proxy_asks_for"], said["unwise"]

    def by_proxy(host: str) -> None:
        site.ask("GET", "/healthz", b"", {"Host": host, "X-Forwarded-For": "192.0.2.1"})

    site.get("/healthz")
    assert told() == ("", [])
    by_proxy("127.0.0.1:8025")
    why = "proxy: the proxy asks for {}, where browsers ask it for support.example.com"
    assert told() == ("127.0.0.1", [why.format("127.0.0.1")])
    by_proxy("backend.example.net")  # refused, and all the more to be told
    assert told() == ("backend.example.net", [why.format("backend.example.net")])
    by_proxy("support.example.com")
    assert told() == ("support.example.com", [])
    by_proxy("127.0.0.1")  # anybody may ask his proxy by another name
    assert told() == ("support.example.com", [])
