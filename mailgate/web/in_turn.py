"""Mails that are shown are read in turn: whoever loads a mail that takes its whole time keeps no other page waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mailgate.mail.message import RawMail
from mailgate.mail.on_page import OnPage, Placed

# Of the pages' threads: one reads, one waits for it; the others are everybody's.
PLACES = 2

ShowMail = Callable[[RawMail, Placed], OnPage]


class Busy(Exception):
    """So many mails are being read just now that another would keep pages waiting."""


def in_turn(show: ShowMail, places: int = PLACES) -> ShowMail:
    """The same, for so many at a time; Busy for who comes beside them."""
    free = threading.BoundedSemaphore(places)

    def shown(raw: RawMail, placed: Placed) -> OnPage:
        if not free.acquire(blocking=False):
            raise Busy
        try:
            return show(raw, placed)
        finally:
            free.release()

    return shown
