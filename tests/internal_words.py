"""Random sequences about cases, with notes that no customer may ever read, and the law that he does not.

Every word that somebody writes for our people alone is a word of its own, `qu17uq`, and may be in no letter to anybody
else: nor may an address of our people, nor another's reply token. What the guard cannot know is no part of the law:
a note told in fewer than eight of its words in a row (`spilt`), and a shorter reason of an escalation (`short`).
"""

from __future__ import annotations

import random
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from functools import cached_property
from html import escape
from typing import Any, Final

from sqlalchemy import select

from mailgate import pipeline
from mailgate.cases.desk_mail import CONVERSATION
from mailgate.cases.events import EngineerActed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.policy.service import Escalation, Level, Rung
from mailgate.store.tables import outbox
from world import ROOT, World

BOB, EVE, QUEUE, HEAD = "bob@engineers.test", "eve@engineers.test", "second@desk.test", "head@desk.test"
OURS: Final = frozenset({BOB, EVE, QUEUE, HEAD})
PER_WORLD: Final = 20  # sequences
_SHIPPED = load_policy(ROOT / "config" / "policies" / "default.toml")
# Every letter that there is goes out, and nothing is too much.
POLICY: Policy = replace(
    _SHIPPED,
    letters=replace(
        _SHIPPED.letters,
        reply_received=True,
        priority_changed=True,
        hourly=replace(_SHIPPED.letters.hourly, desk=10_000),
    ),
    levels=(Level(2, "Second", QUEUE),),
    escalation=Escalation(rungs=(Rung("Head", (HEAD,), Duration(8, Unit.HOURS)),)),
)
# There is no "u" in refs and tokens (Crockford's alphabet): none of them says such a word by chance.
_SECRET = re.compile(r"qu\d+uq")
_TOKEN = re.compile(r"\+[rb]([0-9a-z]{20})@|<r([0-9a-z]{20})\.|\[r:([0-9a-z]{20})\]")
_FOUND = [Authentication.PASS] * 7 + [Authentication.UNKNOWN, Authentication.UNVERIFIED, Authentication.FAIL]
_ORDERS = (
    *("/assign me", "/assign eve", "/priority 2", "/resolve", "/wait 3", "/open", "/close", "/level 2", "/status"),
    *("/kind Question", "/activated", "/workaround", "/cc ned@nowhere.test", "/uncc ned@nowhere.test", "/spam"),
)
_FAULTS = ("/clsoe", "/priority nonsense", "/assign Zoe", "/release", "/nonsense")
_INTRO = "On Tue, 17 Nov 2026 at 12:00, mailgate <support@example.com> wrote:"


@dataclass(frozen=True)
class Ours:
    """A letter that we wrote."""

    to: str
    kind: str
    path: str
    message: bytes

    @cached_property
    def parsed(self) -> Message:
        return message_from_bytes(self.message)

    @cached_property
    def text(self) -> str:
        return self._part("text/plain")

    @cached_property
    def html(self) -> str:
        found = re.search(r"<body[^>]*>(.*)</body>", self._part("text/html"), re.DOTALL)
        return found[1] if found else ""

    def _part(self, kind: str) -> str:
        return next((_said(part) for part in self.parsed.walk() if part.get_content_type() == kind), "")


@dataclass(slots=True)
class _Case:
    """One sequence's case: its customers, the letters about it, and the notes on it."""

    number: str
    customer: str
    colleague: str
    ours: list[Ours] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)


class Sequences:
    """Some sequences in one world: each about a case of its own, all of them under one law."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(policy=POLICY, engineers=(BOB, EVE))
        self.count = self.seen = self.letters = 0
        self.held: list[int] = []
        self.spilt: set[str] = set()
        self.short: set[str] = set()
        self.tokens: dict[str, str] = {}
        self.story: list[str] = []
        self.cases: dict[str, _Case] = {}

    def play(self, sequences: int = PER_WORLD) -> None:
        """AssertionError, with the steps that led there, where the law is broken."""
        with self.world:
            for at in range(sequences):
                self.story = []
                self._sequence(at)
            self._look(self.held)

    def _sequence(self, at: int) -> None:
        customer, colleague = f"ann@customer{at}.test", f"carl@customer{at}.test"
        copied = f"Cc: {colleague}\n" if self.random.random() < 0.5 else ""
        self._arrives(f"{copied}Subject: Printer {at}\n\nIt burns.", customer)
        case = _Case(str(self.world.cases[-1]["number"]), customer, colleague)
        self.cases[case.number] = case
        self._look()
        if self.random.random() < 0.9:
            self._note(case)
            self._look()
        steps = self.random.choices([step for step, _ in _STEPS], [often for _, often in _STEPS], k=4)
        for step in steps:
            self.story.append(step.__name__)
            step(self, case)
            self._look()

    # What customers do

    def _customer_answers(self, case: _Case) -> None:
        who = self.random.choice((case.customer, case.customer, case.colleague, "dora@elsewhere.test"))
        letter = self._letter(case, lambda one: one.to not in OURS)
        words = self.random.choice(("It still burns.", "/close", "/escalate\n\nPlease.", "/priority 1", "Thank you."))
        if letter is None:
            return
        quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
        self._arrives(f"{self._reply_head(letter)}\n\n{words}\n\n{_INTRO}\n{quoted}", who, self._to(letter))

    def _bounce(self, case: _Case) -> None:
        letter = self._letter(case, lambda _: True)
        if letter is not None:
            original = letter.message.decode().replace("\r\n", "\n")
            text = (
                "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n--b\n"
                f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; "
                f"{letter.to}\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\n{original}\n--b--"
            )
            self._arrives(text, "MAILER-DAEMON@mx.test", letter.path, sender="")

    def _absence(self, case: _Case) -> None:
        letter = self._letter(case, lambda _: True)
        if letter is not None:
            head = f"Auto-Submitted: auto-replied\n{self._reply_head(letter)}"
            self._arrives(f"{head}\n\nI am out of office.\n\n{letter.text}", letter.to, self._to(letter))

    # What our people do

    def _reply(self, case: _Case) -> None:
        self._engineer_writes(case, [self._public(), self._public()])

    def _note(self, case: _Case) -> None:
        head = self.random.choice(("/note", "/note", "/NOTE", "/priority 2\n/note", "/note\n/wait 2", "/note\n/clsoe"))
        self._engineer_writes(case, [f"{head}\n{self._secret(case)}"])

    def _answers_what_is_internal(self, case: _Case) -> None:
        letter = self._letter(case, lambda one: one.to in OURS and one.kind not in CONVERSATION)
        if letter is None:
            self._acts(case)
            return
        orders = self.random.choice(("", "", "/assign me\n", "/clsoe\n"))
        self._engineer_writes(case, [f"{orders}{self._secret(case)}"], letter)

    def _forwards(self, case: _Case) -> None:
        """A customer's mail that came to an engineer himself, with a remark above it: about this case or none."""
        who, customer = self.random.choice((BOB, EVE)), self.random.choice((case.customer, "fred@forwarded.test"))
        about = f"#{case.number}" if self.random.random() < 0.5 else "Toner"
        remark = self.random.choice(("", "/priority 2\n", "/note\n", "/clsoe\n")) + self._secret(case)
        head = f"From: Fred <{customer}>\nDate: Mon, 16 Nov 2026 at 09:12\nSubject: {about}\nTo: {who}"
        self._arrives(
            f"Subject: Fwd: {about}\n\n{remark}\n\n---------- Forwarded message ---------\n{head}\n\nThere is none.",
            who,
            authentication=self.random.choice(_FOUND),
        )

    def _orders(self, case: _Case) -> None:
        orders = self.random.sample(_ORDERS, self.random.randint(1, 2))
        if self.random.random() < 0.3:
            orders.append(f"/escalate {self._secret(case, most=20, a_line=True)}")
        self._engineer_writes(case, ["\n".join(orders), *([self._public()] if self.random.random() < 0.5 else [])])

    def _draft(self, case: _Case) -> None:
        self._engineer_writes(case, [f"{self.random.choice(_FAULTS)}\n{self._public()}"])

    def _acts(self, case: _Case) -> None:
        reason = self._secret(case, a_line=True)
        acted = self.random.choice(
            (
                EngineerActed(BOB, escalate=True, reason=reason),
                EngineerActed(EVE, level=2, reason=reason),
                EngineerActed(EVE, owner=BOB, reason=reason),
                EngineerActed(BOB, priority=self.random.randint(1, 4), reason=reason),
            )
        )
        try:
            pipeline.act(self.world.house, case.number, acted)
        except NotAllowed:
            return

    def _quotes_a_note(self, case: _Case) -> None:
        """On purpose: the guard must see it, wherever in the mail it is."""
        on_it = " ".join(str(entry["text"]) for entry in self.world.case(case.number)["history"])
        notes = [words for words in case.notes if words[0] in on_it]  # the mail of another may have been held
        if not notes:
            self._note(case)
            return
        words = self.random.choice(notes)
        if len(words) > 8 and self.random.random() < 0.7:
            start = self.random.randrange(len(words) - 7)
            words = words[start : start + self.random.randint(8, len(words))]
        said, how = " ".join(words), self.random.choice(("text", "lines", "file", "html file", "name", "alt", "bold"))
        public = self._public()
        match how:
            case "text":
                self._engineer_writes(case, [f"{public} {said} {public}"])
            case "lines":
                self._engineer_writes(case, [public, "\n".join(words).upper(), public])
            case "file":
                self._engineer_writes(case, [public], file=("log.txt", "text/plain", said))
            case "html file":
                shown = "".join(f"<b>{word}</b> " for word in words)
                self._engineer_writes(case, [public], file=("log.html", "text/html", f"<p>{shown}</p>"))
            case "name":
                self._engineer_writes(case, [public], file=(f"{'_'.join(words)}.bin", "application/octet-stream", "x"))
            case "alt":
                picture = f'<p>{public}</p><p><img src="cid:x" alt="{said}"></p>'
                self._engineer_writes(case, [public], own_html=picture, file=("x.png", "image/png", "x"))
            case _:
                bold = "".join(f"{word[:2]}<b>{word[2:]}</b> " for word in words)
                self._engineer_writes(case, [said], own_html=f"<p>{bold}</p>")

    def _tells_a_little_of_a_note(self, case: _Case) -> None:
        """Fewer words in a row than the guard can know."""
        words = next((note for note in case.notes if len(note) > 8), [])
        told = words[1 : self.random.randint(2, 7)]
        self.spilt.update(_SECRET.findall(" ".join(told)))
        self._engineer_writes(case, [f"{self._public()} {' '.join(told)} {self._public()}"])

    def _time(self, case: _Case) -> None:  # noqa: ARG002 - a step as all others
        self.world.advance(hours=self.random.choice((1, 5, 9, 30, 200)))

    # How it is written

    def _engineer_writes(
        self,
        case: _Case,
        said: list[str],
        letter: Ours | None = None,
        own_html: str = "",
        file: tuple[str, str, str] | None = None,
    ) -> None:
        """`said` are the paragraphs of his own; `letter` is what he answers, else any that says what customers say."""
        letter = letter or self._letter(case, lambda one: one.to in OURS and one.kind in CONVERSATION)
        if letter is None:
            return
        who = letter.to if letter.to in (BOB, EVE) or letter.kind not in CONVERSATION else BOB
        if self.random.random() < 0.1:
            who = EVE if who == BOB else BOB  # the letter of another
        styles = (_top, _below, _between, _outlook, _bare, self._unmarked) if not own_html else (_top, _outlook, _bare)
        style = self.random.choice(styles)
        text, html = style(said, letter, own_html or "".join(f"<p>{_as_html(one)}</p>" for one in said))
        how = self.random.choice(("plain", "both", "html")) if not own_html else "both"
        if self.random.random() < 0.1:
            text = f"{text}\n[r:{next(_tokens(str(letter.parsed['Message-ID'])))}]"
        self.story.append(f"{who} by {style.__name__} as {how}: {said}")
        self._arrives(
            f"{self._reply_head(letter)}\n{_body(text, html, how, file)}",
            who,
            self._to(letter) if self.random.random() < 0.7 else "support@example.com",
            authentication=self.random.choice(_FOUND),
        )

    def _unmarked(self, said: list[str], letter: Ours, own: str) -> tuple[str, str]:
        """Pieces of the letter copied in between, as no program does it: nothing tells whose they are."""
        pieces = [piece for piece in letter.text.split("\n\n") if _SECRET.search(piece)]
        pieces = [piece for piece in pieces if not self.short.intersection(_SECRET.findall(piece))]
        text = "\n\n".join([said[0], *pieces, *said[1:]])
        return text, own + "".join(f"<p>{_as_html(piece)}</p>" for piece in pieces)

    def _reply_head(self, letter: Ours) -> str:
        subject = " ".join(str(letter.parsed["Subject"]).split())
        return f"Subject: Re: {subject}\nIn-Reply-To: {letter.parsed['Message-ID']}"

    def _to(self, letter: Ours) -> str:
        return str(letter.parsed["Reply-To"] or "support@example.com").strip("<> ")

    def _letter(self, case: _Case, wanted: Callable[[Ours], bool]) -> Ours | None:
        found = [one for one in case.ours if wanted(one)]
        if not found:
            return None
        return found[-1] if self.random.random() < 0.7 else self.random.choice(found)

    def _arrives(
        self,
        mail: str,
        by: str,
        to: str = "support@example.com",
        *,
        sender: str | None = None,
        authentication: Authentication = Authentication.UNKNOWN,
    ) -> None:
        self.count += 1
        head = f"From: {by}\nTo: {to}\nMessage-ID: <{self.count}@{by.rpartition('@')[2]}>\nMIME-Version: 1.0\n"
        kind = "" if "\nContent-Type:" in mail.partition("\n\n")[0] else "Content-Type: text/plain; charset=utf-8\n"
        data = f"{head}{kind}{mail}\n".replace("\n", "\r\n").encode()
        self.world.clock.time += timedelta(seconds=1)
        self.world.receive(data, to=to, sender=by if sender is None else sender, authentication=authentication)

    def _secret(self, case: _Case, most: int = 14, *, a_line: bool = False) -> str:
        words = []
        for _ in range(self.random.randint(3, most)):
            self.count += 1
            words.append(f"qu{self.count}uq")
        if a_line and len(words) < 8:
            self.short.update(words)  # a reason, within a sentence of ours
        else:
            case.notes.append(words)
        at = self.random.randint(1, len(words))
        return " ".join(words) if a_line else f"{' '.join(words[:at])}\n{' '.join(words[at:])}".strip()

    def _public(self) -> str:
        self.count += 1
        more = self.random.choice(("", "", "", f" {BOB} knows of it, and {EVE.upper()}, too.", f"\n-- \nBob <{BOB}>"))
        return f"Please try answer {self.count}.{more}"

    # The law

    def _look(self, again: list[int] | None = None) -> None:
        """At all letters since the last look, or at those that were held then."""
        columns = (outbox.c.id, outbox.c.case_number, outbox.c.kind, outbox.c.recipient, outbox.c.state)
        wanted = outbox.c.id.in_(again) if again is not None else outbox.c.id > self.seen
        query = select(*columns, outbox.c.message, outbox.c.envelope_from).where(wanted).order_by(outbox.c.id)
        with self.world.store.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self._note_tokens(row)
        for row in rows:
            self.seen = max(self.seen, row.id)
            if row.state == "held":
                self.held.append(row.id) if again is None else None
                continue
            if row.case_number in self.cases and again is None:
                self.cases[row.case_number].ours.append(Ours(row.recipient, row.kind, row.envelope_from, row.message))
            self._judge(row)

    def _note_tokens(self, row: Any) -> None:
        for token in _tokens(letter_head(row.message)):
            self.tokens.setdefault(token, row.recipient)
        for token in _tokens(row.envelope_from):
            self.tokens[token] = ""  # no letter carries it, not even its own

    def _judge(self, row: Any) -> None:
        self.letters += 1
        inside = row.recipient in OURS
        internal = row.kind not in _TO_CUSTOMERS
        where = f"letter {row.id}, {row.kind} to {row.recipient}, after {self.story}"
        assert inside or not internal, where
        if inside:
            return  # one of ours is a customer of ours, too, where he opens a case and does not show who he is
        text = "\n".join(all_that_is_in(row.message))
        found = set(_SECRET.findall(text.casefold())) - self.spilt
        assert not found, f"{found} in {where}:\n{text}"
        assert not [one for one in OURS if one in text.casefold()], f"an address of ours in {where}:\n{text}"
        others = {token for token in _tokens(text) if self.tokens.get(token, row.recipient) != row.recipient}
        assert not others, f"another's token in {where}:\n{text}"


_TO_CUSTOMERS: Final = frozenset(
    kind.value
    for kind in (
        *(LetterKind.CONFIRMATION, LetterKind.REPLY_RECEIVED, LetterKind.REPLY, LetterKind.PRIORITY_CHANGED),
        *(LetterKind.CUSTOMER_REMINDER, LetterKind.CLOSING_NOTICE, LetterKind.CLOSED, LetterKind.PROGRESS),
        *(LetterKind.MORE_NEEDED, LetterKind.WRITE_TO_SUPPORT),
    )
)
_STEPS: Final[tuple[tuple[Callable[[Sequences, _Case], None], int], ...]] = (
    (Sequences._customer_answers, 4),
    (Sequences._bounce, 1),
    (Sequences._absence, 1),
    (Sequences._reply, 5),
    (Sequences._note, 3),
    (Sequences._answers_what_is_internal, 3),
    (Sequences._forwards, 1),
    (Sequences._orders, 3),
    (Sequences._draft, 1),
    (Sequences._acts, 2),
    (Sequences._quotes_a_note, 4),
    (Sequences._tells_a_little_of_a_note, 1),
    (Sequences._time, 2),
)


def letter_head(message: bytes) -> str:
    """The header as it stands, and the marker at the end."""
    text = message.decode("utf_8", "replace")
    return text.partition("\r\n\r\n")[0] + "".join(re.findall(r"\[r:\w+\]", text))


def all_that_is_in(message: bytes) -> Iterator[str]:
    """Fields, texts and files, decoded and as they stand, and the html without its tags, too."""
    yield message.decode("utf_8", "replace")
    for part in message_from_bytes(message).walk():
        yield from (str(make_header(decode_header(value))) for value in part.values() if "=?" in value)
        yield str(part.get_filename() or "")
        if not part.is_multipart():
            said = _said(part)
            yield said
            yield re.sub(r"<[^>]*>", "", said)


def _said(part: Message) -> str:
    said = part.get_payload(decode=True)
    return said.decode("utf_8", "replace").replace("\r\n", "\n") if isinstance(said, bytes) else ""


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKEN.findall(text):
        yield from filter(None, found)


# How mail programs put an answer and what it answers together


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _bare(said: list[str], letter: Ours, own: str) -> tuple[str, str]:  # noqa: ARG001 - a style as all others
    return "\n\n".join(said), own


def _top(said: list[str], letter: Ours, own: str) -> tuple[str, str]:
    quote = (
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(_INTRO)}<br></div>'
        f'<blockquote class="gmail_quote">{letter.html}</blockquote></div>'
    )
    return "\n\n".join([*said, f"{_INTRO}\n{_quoted(letter.text)}"]), f'<div dir="ltr">{own}</div>{quote}'


def _below(said: list[str], letter: Ours, own: str) -> tuple[str, str]:
    quote = f'<div class="moz-cite-prefix">{escape(_INTRO)}<br></div><blockquote type="cite">{letter.html}</blockquote>'
    return "\n\n".join([f"{_INTRO}\n{_quoted(letter.text)}", *said]), quote + own


def _between(said: list[str], letter: Ours, own: str) -> tuple[str, str]:  # noqa: ARG001 - a style as all others
    lines = letter.text.splitlines()
    cut = len(lines) // (len(said) + 1) + 1
    pieces = ["\n".join(lines[at : at + cut]) for at in range(0, len(lines), cut)]
    text, html = _INTRO, f"<div>{escape(_INTRO)}</div>"
    for place, piece in enumerate(pieces):
        text += f"\n{_quoted(piece)}\n\n{said[place] if place < len(said) else ''}\n"
        html += f'<blockquote type="cite">{_as_html(piece)}</blockquote>'
        html += f"<div>{_as_html(said[place])}</div>" if place < len(said) else ""
    return text, html


def _outlook(said: list[str], letter: Ours, own: str) -> tuple[str, str]:
    head = "From: mailgate <support@example.com>\nSent: Tuesday, November 17, 2026 12:00 PM\nTo: Bob\nSubject: Case"
    text = "\n\n".join([*said, f"-----Original Message-----\n{head}\n\n{letter.text}"])
    shown = "".join(
        f"<b>{line.partition(':')[0]}:</b>{escape(line.partition(':')[2])}<br>" for line in head.split("\n")
    )
    return text, f'{own}<hr><div id="divRplyFwdMsg" dir="ltr">{shown}</div><div>{letter.html}</div>'


def _body(text: str, html: str, how: str, file: tuple[str, str, str] | None) -> str:
    """From the Content-Type on."""
    plain = f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    shown = f"Content-Type: text/html; charset=utf-8\n\n<html><body>{html}</body></html>\n"
    both = f"Content-Type: multipart/alternative; boundary=a\n\n--a\n{plain}\n--a\n{shown}\n--a--\n"
    words = {"plain": plain, "html": shown, "both": both}[how]
    if file is None:
        return words
    name, kind, says = file
    place = "Content-Disposition: inline\nContent-ID: <x>" if kind == "image/png" else "Content-Disposition: attachment"
    coded = b64encode(says.encode()).decode()
    part = f'Content-Type: {kind}; name="{name}"\n{place}\nContent-Transfer-Encoding: base64\n\n{coded}\n'
    return f"Content-Type: multipart/related; boundary=m\n\n--m\n{words}\n--m\n{part}\n--m--\n"
