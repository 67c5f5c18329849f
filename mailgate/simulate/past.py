"""Plays past mail against a policy: each mail comes at the moment at which it came then. Nobody of ours does anything,
or each case is answered so long after it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from mailgate import pipeline, shipped
from mailgate.cases.account import Directory
from mailgate.cases.events import EngineerActed
from mailgate.contacts_file import ContactsError, ContactsFile, contacts_file
from mailgate.errors import MailgateError
from mailgate.intake import history
from mailgate.intake.fetched import envelope_of
from mailgate.intake.maildir import read_file
from mailgate.mail.headers import first_line, read_header
from mailgate.outbox.render import Renderer
from mailgate.policy.duration import Duration
from mailgate.policy.policy import Policy
from mailgate.settings import Settings
from mailgate.simulate.play import Played, settings_of
from mailgate.simulate.record import filed_on, record_of
from mailgate.simulate.scenario import Scenario
from mailgate.simulate.stage import Stage
from mailgate.store.db import open_store
from mailgate.tomlfile import read_toml

_FIRST = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    """A mail, and when it came."""

    at: datetime
    raw: bytes


def past_mail(path: Path) -> list[Past]:
    """The mails of an mbox file, a maildir or a folder of `.eml` files, in the order in which they came.

    The moment is that of the topmost Received, else of Date; a mail with neither comes with the one before it.
    MailgateError where there is none.
    """
    found: list[Past] = []
    for raw in _mails(path):
        found.append(Past(_came(raw) or (found[-1].at if found else _FIRST), raw))
    if not found:
        raise MailgateError(f"{path}: there is no mail in it")
    return sorted(found, key=lambda past: past.at)


def play_past(
    mails: Sequence[Past], policy: Policy, folder: Path, mailbox: str, answered_after: Duration | None, days: int
) -> Played:
    """Plays them, and so many days more after the last of them."""
    settings = settings_of(Scenario(start="", mailbox=mailbox), policy, folder / "past")
    stage = Stage(
        open_store("sqlite://"),
        settings,
        {policy.name: policy},
        Renderer(shipped.template_folders(folder)),
        mails[0].at,
        directory=_directory(settings),
    )
    with stage:
        answers, known = list[tuple[datetime, str]](), set[str]()
        for past in mails:
            _answer(stage, answers, past.at)
            stage.go_to(past.at)
            envelope = envelope_of(past.raw, settings.mailboxes["support"], settings.mailbox_of, "past", past.at)
            inbound_id = stage.bring(past.raw, envelope.recipients)
            stage.settle()
            number = filed_on(stage, inbound_id)
            if answered_after and number and number not in known:
                known.add(number)
                answers.append((policy.calendar.add(past.at, answered_after), number))
        end = mails[-1].at + timedelta(days=days)
        _answer(stage, answers, end)
        stage.go_to(end)
        return Played(policy, record_of(stage), ())


def _directory(settings: Settings) -> Directory:
    """The accounts and contacts beside the operator's settings, which may be of other mailboxes than the one played."""
    path = contacts_file(settings)
    if not path.exists():
        return Directory()
    reading = read_toml(path, ContactsFile, ContactsError)
    if reading.value is None:
        raise reading.faults[0]
    return Directory(reading.value.account, reading.value.contact)


def _answer(stage: Stage, answers: list[tuple[datetime, str]], until: datetime) -> None:
    """A person's answer to each case that has one coming before then."""
    for due in sorted(one for one in answers if one[0] <= until):
        answers.remove(due)
        stage.go_to(due[0])
        pipeline.act(stage.house, due[1], EngineerActed("operator", answered=True))


def _mails(path: Path) -> Iterator[bytes]:
    if path.is_file():
        yield from (old.raw for old in history.in_mbox(path))
    elif (path / "cur").is_dir() or (path / "new").is_dir():
        yield from (old.raw for old in history.in_maildir(path))
    else:
        yield from (read_file(file, history.LIMIT)[0] for file in sorted(path.glob("*.eml")))


def _came(raw: bytes) -> datetime | None:
    header = read_header(raw, first_line(raw), len(raw))
    received = [value.rpartition(b";")[2] for value in header.all("received")[:1]]
    for value in (*received, *header.all("date")[:1]):
        try:
            moment = parsedate_to_datetime(value.decode("ascii", "replace").strip())
        except (ValueError, TypeError):
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    return None
