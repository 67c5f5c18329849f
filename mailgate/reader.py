"""Reads mail in a child process that may be killed (`child.py`): what hangs it becomes a case, marked unread.

The parent sends an `Envelope`, the addresses of our people or where a page is to show the mail (both `pickled.py`), and
the mail's octets; the child answers with a `Mail`, or what the page may show of it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import structlog

from mailgate.child import Child, ChildDied, ChildGone, ChildUnfit, answer
from mailgate.mail.message import Envelope, Mail, Octets, Ours, RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.mail.unread import unread_mail
from mailgate.pickled import dumped, loaded, speech

DEADLINE_SECONDS = 10.0
_NOBODY = Ours()

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Question:
    """A mail to be read. `until` is set when its answer is first waited for; `found` is that answer, or why there is
    none; `died`: a child did, of it or of something else."""

    raw: RawMail
    asked: Ours | Placed
    until: float = 0.0
    died: bool = False
    found: object = None


class Reader:
    """One child, started when first needed and again after it was killed. Safe to call from several threads."""

    def __init__(self, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline_seconds
        self._child = Child("mailgate.reader", "reading", "reader", speech())
        self._lock = threading.Lock()
        self._asked: tuple[Ours | Placed, bytes] = (_NOBODY, dumped(_NOBODY))  # last; mostly it is the same
        self._expected: list[_Question] = []
        self._under_way: deque[_Question] = deque()  # sent, and not answered, in their order

    def start(self) -> None:
        """Start the child now, so that the first mail need not wait for its imports."""
        with self._lock:
            self._child.start()

    def expect(self, raws: Sequence[RawMail], ours: Ours = _NOBODY) -> None:
        """`read` will be asked for these next, in their order: the child begins with the small ones now, and need not
        be waited for at each. It is no promise."""
        with self._lock:
            self._expected.clear()
            if self._under_way:
                return  # of a batch that was given up; who reads next waits for them first
            try:
                self._child.start()
                self._send_ahead(raws, ours, self._child.room())
            except (OSError, ChildGone):
                self._kill()  # who reads will see why

    def read(self, raw: RawMail, ours: Ours = _NOBODY) -> Mail:
        """The mail as read by the child; marked unread when the child could not. OSError: there is no child to ask."""
        found = self._read(raw, ours)
        return found if isinstance(found, Mail) else unread_mail(raw, str(found))

    def show(self, raw: RawMail, placed: Placed) -> OnPage:
        """What a page may show of the mail; of one that the child could not read, or where there is none, why."""
        try:
            found = self._read(raw, placed)
        except ChildUnfit as unfit:
            found = str(unfit)
        return found if isinstance(found, OnPage) else OnPage("", "", (), str(found))

    def close(self) -> None:
        with self._lock:
            self._kill()

    def _read(self, raw: RawMail, asked: Ours | Placed) -> object:
        """What the child answers, or why it did not."""
        with self._lock:
            expected = (one for one in self._expected if one.raw is raw and one.asked is asked)
            question = next(expected, None) or _Question(raw, asked)
            try:
                self._settle(question)
            except BaseException:
                self._kill()  # the mail could not be got: the child waits for the rest of it
                raise
            if question in self._expected:
                self._expected.remove(question)
            return question.found

    def _send_ahead(self, raws: Sequence[RawMail], ours: Ours, room: int) -> None:
        pieces: list[Octets] = []
        for raw in raws:
            question = _Question(raw, ours)
            more = self._pieces(question)
            room -= sum(map(len, more))
            if room < 0 or not isinstance(raw.data, bytes):
                break
            pieces += more
            self._expected.append(question)
        self._child.send(pieces, time.monotonic())
        self._under_way.extend(self._expected)

    def _settle(self, question: _Question) -> None:
        while question.found is None:
            if self._under_way:  # the question, or others before it
                self._receive()
            else:
                self._send(question)

    def _send(self, question: _Question) -> None:
        question.until = question.until or time.monotonic() + self._deadline
        try:
            self._child.send(self._pieces(question), question.until)
            self._under_way.append(question)
        except ChildGone as gone:
            self._lose(question, gone)

    def _receive(self) -> None:
        """The answer to the first question under way, or none ever: of those behind it nobody knows anything."""
        question = self._under_way[0]
        question.until = question.until or time.monotonic() + self._deadline
        try:
            answer = self._child.receive(question.until)
            question.found = _made_of(answer)
            self._under_way.popleft()
        except ChildGone as gone:
            self._lose(question, gone)

    def _lose(self, question: _Question, gone: ChildGone) -> None:
        """A kernel short of memory kills whom it likes: only a mail that two children die of, did it."""
        self._kill()
        if isinstance(gone, ChildDied) and not question.died:
            question.died = True
            log.warning("the reader died; another is asked", bytes=len(question.raw.data))
            return
        question.found = str(gone)
        log.warning("mail could not be read", why=str(gone), bytes=len(question.raw.data))

    def _kill(self) -> None:
        """What was under way is asked again when it is waited for."""
        self._child.kill()
        self._under_way.clear()

    def _pieces(self, question: _Question) -> tuple[Octets, ...]:
        if question.asked is not self._asked[0]:
            self._asked = (question.asked, dumped(question.asked))
        # The octets of the mail go as they are: pickled, a mail of 50 MB would be 150 MB here.
        return dumped(question.raw.envelope), self._asked[1], question.raw.data


def _made_of(answer: bytes) -> Mail | OnPage:
    try:
        found = loaded(answer)
    except Exception as error:  # whatever unpickling meets: the octets are the child's, and no value of ours
        raise ChildGone("the reader gave no mail") from error
    if not isinstance(found, Mail | OnPage):
        raise ChildGone("the reader gave no mail")
    return found


def child() -> None:
    """The child's life."""
    # Their libraries take 15 MB: the parent is spared them.
    from mailgate.mail.page_html import on_page  # noqa: PLC0415 - as said
    from mailgate.reading import read_mail  # noqa: PLC0415 - as said

    loaded_again = lru_cache(maxsize=1)(loaded)

    def read(question: list[bytes]) -> bytes:
        known, wanted, data = question
        envelope, asked = loaded(known), loaded_again(wanted)
        if not isinstance(envelope, Envelope) or not isinstance(asked, Ours | Placed):
            raise TypeError("the parent asks otherwise")
        raw = RawMail(data, envelope)
        return dumped(on_page(raw, asked) if isinstance(asked, Placed) else read_mail(raw, asked))

    answer(3, read, int(DEADLINE_SECONDS) * 2, speech())


if __name__ == "__main__":
    child()
