"""A mail that takes long to read keeps its own reader waiting, and one beside him, and no page of anybody else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailgate.house import House
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.web.in_turn import PLACES, Busy, in_turn
from mailgate.web.site import THREADS, showing
from moments import NOON
from site_visitor import shown
from world import World

RAW = RawMail(b"", Envelope("support", None, (), "test", NOON))
NOTHING = OnPage("", "", (), "")


def test_who_comes_beside_those_whose_mails_are_read_is_told_so_at_once_and_served_later() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(_: RawMail, __: Placed) -> OnPage:
        begun.release()
        assert go_on.wait(60)
        return NOTHING

    show = in_turn(slow)
    with ThreadPoolExecutor(PLACES) as readers:
        reading = [readers.submit(show, RAW, Placed("/x/")) for _ in range(PLACES)]
        assert all(begun.acquire(timeout=60) for _ in reading)
        with pytest.raises(Busy):
            show(RAW, Placed("/x/"))
        go_on.set()
        assert [one.result() for one in reading] == [NOTHING] * PLACES
    assert show(RAW, Placed("/x/")) == NOTHING


def test_some_threads_of_the_pages_are_never_taken_by_mails() -> None:
    assert PLACES < THREADS


def test_who_has_to_come_again_is_told_in_words() -> None:
    def busy(_: Request, __: House) -> Response:
        raise Busy

    with World() as world, shown(world, rooms=[Route("/busy", showing(busy))]) as site:
        answer = site.get("/busy")
    assert answer.status == 503
    assert "try again" in answer.words
