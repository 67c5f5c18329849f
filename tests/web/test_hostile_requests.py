"""What no browser of ours sends: it costs little, fails in words, and says nothing to the log that matters."""

from __future__ import annotations

import socket
import time
import tracemalloc
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from case_pages import ANN, link_to, page_world
from desk_site import OTTO, let_in, staffed
from mailgate.mail.message import RawMail
from mailgate.mail.opened import octets_of
from mailgate.mail.parse import parse
from mailgate.store.accepted import raw_mail_of
from site_visitor import Visitor, shown
from world import World, mail

_MIB = 1024 * 1024


@pytest.fixture
def world() -> Iterator[World]:
    with page_world() as world:
        world.receive(mail())
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield site


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "utf-7", "undefined", "idna", "utf-16"])
def test_nobody_chooses_in_which_encoding_a_form_is_read(
    site: Visitor, charset: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of these 200 KB one holds whoever decodes them for a quarter of a minute, and with him the loop."""
    part = b'--zz\r\nContent-Disposition: form-data; name="address"\r\n\r\n' + b"a" * 1000 + b"-" + b"9" * 200_000
    said = {"Content-Type": f"multipart/form-data; charset={charset}; boundary=zz"}
    with caplog.at_level("WARNING"):
        assert site.ask("POST", "/organisation", part + b"\r\n--zz--\r\n", said).status == 400
    assert not caplog.records


def test_text_without_end_marks_is_text(site: Visitor) -> None:
    """PostgreSQL takes no NUL in a text."""
    for path in ("/account/%00", "/desk/sign-in?next=%00", "/case/1/%00"):
        assert site.get(path).status == 400
    form = site.get("/desk/sign-in").forms()["/desk/sign-in"]
    assert site.post("/desk/sign-in", {**form, "address": "\0eve@engineers.test"}).status == 400
    assert site.post("/desk/sign-in", {**form, "address": "\x01eve@engineers.test"}).status == 422


@pytest.mark.parametrize("host", ["support.example.com/x?", "[::1", "[:::::]", "a@b", "support.example.com#", "a b"])
def test_a_host_is_a_name_or_an_address(world: World, host: str, caplog: pytest.LogCaptureFixture) -> None:
    with shown(world, listen="[::]:0") as site:
        assert site.ask("GET", "/desk/sign-in", b"", {"Host": host}).status == 400
    assert not caplog.records


def test_a_slash_too_many_sends_no_link_over_the_wire_in_the_open(world: World, site: Visitor) -> None:
    answer = site.get(f"{link_to(ANN, world)}/")
    assert (answer.status, answer.headers["Location"]) == (404, None)


def test_who_goes_away_in_the_middle_is_no_error_of_ours(
    world: World, site: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST {link_to(ANN, world)}/message HTTP/1.1\r\nHost: {site.host}\r\nContent-Length: 3000000\r\n"
    with socket.create_connection(("127.0.0.1", site.port)) as gone:
        gone.sendall(f"{head}Content-Type: multipart/form-data; boundary=zz\r\n\r\n--zz\r\n".encode())
    # What is asked afterwards is answered after he was missed.
    for _ in range(20):
        assert site.get("/nowhere").status == 404
    assert not caplog.records


def test_a_big_file_is_never_in_memory_whole(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    fields = {**site.get(link).forms()[f"{link}/message"], "words": "See the file."}
    octets = bytes(range(256)) * 4 * 1024 * 12
    site.post(f"{link}/message", {**fields, "once": "warm"}, {"files": ("a.bin", b"x" * _MIB)})
    said = "".join(
        f'--zz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    )
    head = '--zz\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    body = b"".join(((said + head).encode(), octets, b"\r\n--zz--\r\n"))
    tracemalloc.start()
    try:
        form = {"Content-Type": "multipart/form-data; boundary=zz"}
        assert site.ask("POST", f"{link}/message", body, form).status == 303
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * _MIB < len(octets)
    with world.store.read() as connection:
        came: RawMail = raw_mail_of(connection, 3, world.store.read)
    (file,) = parse(came).attachments
    assert octets_of(file, came.data) == octets


def test_who_sends_files_from_all_sides_waits_and_others_do_not(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    fields = {**site.get(link).forms()[f"{link}/message"], "words": "See the file."}
    head = f"POST {link}/message HTTP/1.1\r\nHost: {site.host}\r\nContent-Length: 3000000\r\n".encode()
    head += b"Content-Type: multipart/form-data; boundary=zz\r\n\r\n--zz\r\n"
    slow = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(2)]
    try:
        for one in slow:
            one.sendall(head)
        until, big = time.monotonic() + 30, {"files": ("a.bin", b"x" * 2 * _MIB)}
        while (answer := site.post(f"{link}/message", fields, big)).status != 503:
            assert time.monotonic() < until
        assert "Please try again in a minute" in answer.words
        assert site.post(f"{link}/message", fields, {}).status == 303
    finally:
        for one in slow:
            one.close()
    until = time.monotonic() + 30
    while site.post(f"{link}/message", fields, big).status != 303:
        assert time.monotonic() < until


@pytest.mark.parametrize(
    "path",
    [
        "/desk/inbox/{long}", "/desk/inbox/{long}/raw", "/desk/outbox/{long}", "/desk/escalated/{long}",
        "/desk/inbox/99999999999999999999", "/desk/outbox/99999999999999999999",
        "/desk/escalated/99999999999999999999",
        "/desk/cases?priority=0000000099999999999999999999", "/desk/cases?priority={long}",
        "/desk/cases?due=0001-01-01T00:00:00%2B14:00", "/desk/owed?after=0001-01-01T00:00:00%2B14:00%2026",
        "/desk/cases/{number}?before={long}", "/desk/cases/{number}?after={long}",
        "/desk/search?words=" + quote('a" OR NEAR(b c,9999999999) *') + "&after={long}",
    ],
)  # fmt: skip
def test_no_number_and_no_day_is_too_big_for_a_page(path: str) -> None:
    with staffed() as world, shown(world) as site:
        world.receive(mail())
        asked = path.format(long="9" * 5000, number=world.cases[0]["number"])
        assert let_in(world, site, OTTO).get(asked).status in {200, 404, 422}
