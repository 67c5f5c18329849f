"""One pass over an IMAP folder: what is new is fetched and kept with its line in the ledger, then put away.

The ledger says what is ours, never a flag; the store says what was here before (a changed UIDVALIDITY brings all mail
once more). Nothing on the server changes before the commit. When and how to connect is `imap.py`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from mailgate import figures
from mailgate.clock import Clock
from mailgate.door_settings import Door
from mailgate.errors import StoreError
from mailgate.intake.accept import arrivals_of
from mailgate.intake.fetched import envelope_of
from mailgate.intake.imap_session import Refused, Session, windows
from mailgate.intake.line_ends import of_a_file
from mailgate.intake.watch import NotOurs, Watch
from mailgate.mail.message import TOO_BIG
from mailgate.settings import Mailbox
from mailgate.store import keep, ledger
from mailgate.store.db import Store
from mailgate.store.laying import lay_all
from mailgate.store.ledger import Folder

log = structlog.get_logger(__name__)

GROUP_MAILS = 20
GROUP_OCTETS = 8 * 1024 * 1024
# Who adds mail to a folder out of order of the UIDs (seen in the wild: replicas) is found out by then.
FULL_SCAN_SECONDS = 3600.0
_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 900.0
# By then it is no chance any more, and a person should look.
_ERROR_AT = 5


@dataclass(slots=True)
class _Trouble:
    """A message that could not be had, how often, and when it is asked for again (monotonic)."""

    times: int = 0
    due: float = 0.0


class Fetcher:
    """What is known of one folder in this process. It outlives connections, so that one message that breaks them is
    asked for last, alone, and ever more rarely."""

    def __init__(
        self,
        door: Door,
        mailbox: Mailbox,
        owner: Callable[[str], Mailbox | None],
        store: Store,
        clock: Clock,
        watch: Watch,
        on_stored: Callable[[], None],
    ) -> None:
        self._door, self._mailbox, self._owner = door, mailbox, owner
        self._store, self._clock, self._watch = store, clock, watch
        self._on_stored = on_stored
        self._folder: Folder | None = None
        self._ours: set[int] = set()
        self._unsettled: set[int] = set()
        self._since = 1
        self._scanned_at = 0.0
        self._trouble: dict[int, _Trouble] = {}
        self.stuck = ""  # why what is ours cannot be put away

    def connected(self, folder: Folder) -> None:
        """A new connection: all of the folder is looked at again."""
        if self._folder is not None and folder != self._folder:
            log.warning("the folder's UIDs mean other mails now; all of it is read again", door=self._door.name)
            self._trouble.clear()
        self._folder, self._since = folder, 1

    def run(self, session: Session, go_on: Callable[[], bool]) -> int:
        """One pass; how many mails were kept. Raises what the session raises: the connection is of no use then."""
        folder = self._folder
        if folder is None:
            raise ValueError("connected() comes first")
        if time.monotonic() - self._scanned_at > FULL_SCAN_SECONDS:
            self._since = 1
        if self._since == 1:
            with self._store.read() as connection:
                self._ours = ledger.known(connection, folder)
                self._unsettled = ledger.unsettled(connection, folder)
            self._scanned_at = time.monotonic()
        whole = self._since == 1
        listed = session.uids(self._since)
        fresh = [uid for uid in listed if uid not in self._ours]
        if whole:
            self._trouble = {uid: trouble for uid, trouble in self._trouble.items() if uid in fresh}
            self._unsettled.intersection_update(listed)
        kept = 0
        for window in windows(self._due(fresh)):
            kept += self._fetch(session, folder, window, go_on)
        left = [uid for uid in fresh if uid not in self._ours]
        self._since = min([*left, max([*listed, self._since - 1]) + 1])
        if go_on():
            self._put_away(session, folder)
        return kept

    @property
    def troubled(self) -> int:
        """How many messages are there that could not be had yet."""
        return len(self._trouble)

    def _due(self, fresh: Sequence[int]) -> list[int]:
        """What is asked for now: never tried first, then by how often it failed."""
        now = time.monotonic()
        due = [(self._trouble.get(uid, _Trouble()), uid) for uid in fresh]
        return [uid for trouble, uid in sorted(due, key=lambda one: (one[0].times, one[1])) if trouble.due <= now]

    def _fetch(self, session: Session, folder: Folder, window: Sequence[int], go_on: Callable[[], bool]) -> int:
        sizes = session.sizes(window)
        for uid in window:
            if uid not in sizes:
                self._count(uid)
                self._failed(uid, "the server lists it and does not give its size")  # expunged just now, mostly
        kept = 0
        for group in self._groups([uid for uid in window if uid in sizes], sizes):
            if not go_on():
                break
            for uid in group:
                # Counted before: where it takes the connection with it, nobody comes back to count.
                self._count(uid)
            if sizes[group[0]] > self._door.max_message_bytes:
                mails = self._header_only(session, group[0], sizes[group[0]])
            else:
                mails = self._whole(session, group, sizes)
            kept += self._keep(folder, mails)
        return kept

    def _groups(self, uids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
        """So many as fit into memory and one commit; a big one, and one that failed before, alone."""
        group: list[int] = []
        octets = 0
        for uid in uids:
            alone = uid in self._trouble or sizes[uid] > self._door.max_message_bytes
            if group and (alone or len(group) == GROUP_MAILS or octets + sizes[uid] > GROUP_OCTETS):
                yield group
                group, octets = [], 0
            group, octets = [*group, uid], octets + sizes[uid]
            if alone:
                yield group
                group, octets = [], 0
        if group:
            yield group

    def _whole(self, session: Session, uids: Sequence[int], sizes: Mapping[int, int]) -> dict[int, tuple[bytes, str]]:
        """By UID the octets and a mark, "" for none."""
        mails: dict[int, tuple[bytes, str]] = {}
        bodies = session.bodies(uids)
        for uid in uids:
            body = bodies.get(uid)
            if body is None:
                self._failed(uid, "the server lists it and does not give it")
            elif len(body) == sizes[uid]:
                mails[uid] = (body, "")
            elif session.bodies([uid]).get(uid) == body:
                # Seen in the wild: Exchange and others guess RFC822.SIZE. What comes twice alike is the mail.
                mails[uid] = (body, f"the server said {sizes[uid]} octets")
            else:
                self._failed(uid, f"it has {len(body)} octets, and should have {sizes[uid]}")
        return mails

    def _header_only(self, session: Session, uid: int, size: int) -> dict[int, tuple[bytes, str]]:
        header = session.headers([uid]).get(uid)
        if header is None:
            self._failed(uid, "the server lists it and does not give its header")
            return {}
        log.warning("message over the size limit: its header is kept", door=self._door.name, uid=uid, octets=size)
        return {uid: (header[: self._door.max_message_bytes], f"{TOO_BIG}: {size} octets")}

    def _keep(self, folder: Folder, mails: Mapping[int, tuple[bytes, str]]) -> int:
        """All in one commit; where one of them breaks it, one by one."""
        try:
            self._commit(folder, mails)
        except (StoreError, NotOurs):
            raise  # no mail's fault
        except Exception as error:
            if len(mails) == 1:
                (uid,) = mails
                log.exception("a message could not be kept", door=self._door.name, uid=uid)
                self._failed(uid, type(error).__name__)
                return 0
            return sum(self._keep(folder, {uid: mail}) for uid, mail in mails.items())
        return len(mails)

    def _commit(self, folder: Folder, mails: Mapping[int, tuple[bytes, str]]) -> None:
        if not mails:
            return
        now = self._clock.now()
        arrivals = []
        for octets, mark in mails.values():
            raw, marks = of_a_file(octets)
            marks = (*marks, mark) if mark else marks
            envelope = envelope_of(raw, self._mailbox, self._owner, self._door.name, now, marks)
            arrivals += arrivals_of(raw, [envelope])
        settled = self._door.after == "leave"
        arrivals = lay_all(self._store, arrivals)
        with self._store.write() as connection:
            self._watch.confirm(connection)
            receipts = keep.receive(connection, arrivals)
            inbound = {uid: receipt.inbound_id for uid, receipt in zip(mails, receipts, strict=True)}
            ledger.record(connection, folder, inbound, now, settled=settled)
        figures.count("mails_stored", len(mails), door=self._door.name)
        self._ours.update(mails)
        if not settled:
            self._unsettled.update(mails)
        for (uid, (octets, _)), receipt in zip(mails.items(), receipts, strict=True):
            self._trouble.pop(uid, None)
            log.info(
                "stored",
                inbound=receipt.inbound_id,
                duplicate=receipt.duplicate,
                mailbox=self._mailbox.name,
                octets=len(octets),
                door=self._door.name,
                uid=uid,
            )
        self._on_stored()

    def _put_away(self, session: Session, folder: Folder) -> None:
        """Move or flag what is ours by now, also what a crash left lying."""
        why, self.stuck = self.stuck, ""
        for uids in windows(sorted(self._unsettled)):
            if not self._watch.held:
                raise NotOurs(self._door.name)
            try:
                if self._door.after == "flag":
                    session.flag(uids, self._door.flag)
                elif self._door.after == "move":
                    session.move(uids, self._door.move_to)
            except Refused as no:
                # They are ours all the same; what the server cannot do must not keep us from the next mail.
                self.stuck = str(no)
                tell = log.info if self.stuck == why else log.warning
                tell("mail stays where it is", door=self._door.name, mails=len(self._unsettled), why=self.stuck)
                return
            with self._store.write() as connection:
                ledger.settle(connection, folder, uids)
            self._unsettled.difference_update(uids)

    def _count(self, uid: int) -> None:
        trouble = self._trouble.setdefault(uid, _Trouble())
        trouble.times += 1
        pause = min(_PAUSE_SECONDS * 2 ** (trouble.times - 2), _LONGEST_PAUSE_SECONDS) if trouble.times > 1 else 0.0
        trouble.due = time.monotonic() + pause

    def _failed(self, uid: int, why: str) -> None:
        times = self._trouble[uid].times
        tell = log.error if times == _ERROR_AT else log.info if times < _ERROR_AT else log.debug
        tell("message not fetched yet", door=self._door.name, uid=uid, why=why, times=times)
