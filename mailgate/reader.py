"""Reads mail in a child process that may be killed (`child.py`): what hangs it becomes a case, marked unread.

The parent sends a pickled `Envelope` with the addresses of our people, or where a page is to show the mail, and the
mail's octets; the child answers with a pickled `Mail`, or what the page may show of it.
"""

from __future__ import annotations

import pickle
import threading
import time

import structlog

from mailgate.child import Child, ChildDied, ChildGone, answer
from mailgate.mail.message import Mail, Ours, RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.mail.unread import unread_mail

DEADLINE_SECONDS = 10.0
_NOBODY = Ours()

log = structlog.get_logger()


class Reader:
    """One child, started when first needed and again after it was killed. Safe to call from several threads."""

    def __init__(self, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline_seconds
        self._child = Child("mailgate.reader", "reading", "reader")
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the child now, so that the first mail need not wait for its imports."""
        with self._lock:
            self._child.start()

    def read(self, raw: RawMail, ours: Ours = _NOBODY) -> Mail:
        """The mail as read by the child; marked unread when the child could not."""
        found = self._read(raw, ours)
        return found if isinstance(found, Mail) else unread_mail(raw, str(found))

    def show(self, raw: RawMail, placed: Placed) -> OnPage:
        """What a page may show of the mail; of one that the child could not read, why."""
        found = self._read(raw, placed)
        return found if isinstance(found, OnPage) else OnPage("", "", (), str(found))

    def _read(self, raw: RawMail, asked: Ours | Placed) -> object:
        """What the child answers, or why it did not."""
        with self._lock:
            until = time.monotonic() + self._deadline
            try:
                return self._ask_twice(raw, asked, until)
            except ChildGone as gone:
                self._child.kill()
                log.warning("mail could not be read", why=str(gone), bytes=len(raw.data))
                return str(gone)
            except BaseException:
                self._child.kill()  # the mail could not be got: the child waits for the rest of it
                raise

    def close(self) -> None:
        with self._lock:
            self._child.kill()

    def _ask_twice(self, raw: RawMail, asked: Ours | Placed, until: float) -> object:
        """A kernel short of memory kills whom it likes: only a mail that two children die of, did it."""
        try:
            return self._ask(raw, asked, until)
        except ChildDied:
            self._child.kill()
            log.warning("the reader died; another is asked", bytes=len(raw.data))
            return self._ask(raw, asked, until)

    def _ask(self, raw: RawMail, asked: Ours | Placed, until: float) -> object:
        # The octets of the mail go as they are: pickled, a mail of 50 MB would be 150 MB here.
        found = pickle.loads(self._child.ask((pickle.dumps((raw.envelope, asked)), raw.data), until))
        if not isinstance(found, Mail | OnPage):
            raise ChildGone("the reader gave no mail")
        return found


def child() -> None:
    """The child's life."""
    # Their libraries take 15 MB: the parent is spared them.
    from mailgate.mail.page_html import on_page  # noqa: PLC0415 - as said
    from mailgate.reading import read_mail  # noqa: PLC0415 - as said

    def read(question: list[bytes]) -> bytes:
        known, data = question
        envelope, asked = pickle.loads(known)
        raw = RawMail(data, envelope)
        return pickle.dumps(on_page(raw, asked) if isinstance(asked, Placed) else read_mail(raw, asked))

    answer(2, read, int(DEADLINE_SECONDS) * 2)


if __name__ == "__main__":
    child()
