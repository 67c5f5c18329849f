"""The guard of internal notes: what of them it sees in an engineer's letter, and what it lets go."""

from __future__ import annotations

import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from fixture_mail import read_bytes
from mailgate.cases.case import Entry, EntryKind
from mailgate.cases.guard import quotes_a_note
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Address, GoingOut

LONG = "They forgot to pay the last three invoices, so take your time with it."
SHORT = "Rude as ever."
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def note(text: str, kind: EntryKind = EntryKind.NOTE) -> Entry:
    return Entry(AT, kind, "bob@engineers.test", text)


def out(text: str = "Pull the plug.", html: str | None = None, files: tuple[str, ...] = ()) -> GoingOut:
    return GoingOut(text, html, (), (), files)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (LONG, f"Hello, {LONG} Bye."),
        (LONG, "forgot\nto PAY — the *last* three\xa0invoices; so, take"),
        (LONG, "for\xadgot to pay\u200b the last three invoices so take"),
        ("Große Mühe gab er sich nie, der alte Esel.", "große mu\u0308he gab er sich nie der alte"),
        (SHORT, "He is rude as ever!"),
        (f"{SHORT}\n\nBest regards, Bob", "He is rude as ever!"),
        (f"{SHORT}\n[r:rf4nk5f0pk8hgnbwahwj]", "He is rude as ever!"),
        (f"/note\n/clsoe\n{SHORT}", "He is rude as ever!"),
        ("还在着火，但是他们没有付钱，所以不着急。", "您好：还在着火但是他们没有付钱所以不着急。再见"),
    ],
)
def test_words_of_a_note_are_seen(written: str, said: str) -> None:
    assert quotes_a_note(out(said), [note(written)]).startswith("it has words of the internal note of 2026-11-02 09:00")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (LONG, "They forgot to pay the last three, so take your time with it."),
        (SHORT, "He is rude, and for ever."),
        ("Done.", "Done."),
        ("I will.", "I will."),
        ("谢谢您。", "谢谢您。"),
        ("", "Pull the plug."),
        ("?!", "?!"),
    ],
)
def test_less_of_it_is_let_go(written: str, said: str) -> None:
    assert quotes_a_note(out(said), [note(written)]) == ""


def test_what_the_customer_wrote_himself_is_no_secret() -> None:
    assert (
        quotes_a_note(out(f"You write: {LONG}"), [note(f"He says: {LONG}")], [note(f"Hello. {LONG}", EntryKind.MAIL)])
        == ""
    )


def test_of_a_draft_only_the_commands_are_internal() -> None:
    reason = "/escalate he threatens to go to court over the four lost days of work"
    draft = note(f"/clsoe\n{reason}\n\n{LONG}", EntryKind.DRAFT)
    assert quotes_a_note(out(LONG), [draft]) == ""
    assert quotes_a_note(out(reason), [draft]) != ""


@pytest.mark.parametrize(
    "said",
    [
        out(html=f"<p>Pull</p><p>{LONG}</p>"),
        out(html=f'<p>Pull</p><img src="cid:x" alt="{LONG.replace("o", "&#111;")}">'),
        out(html=f'<p>Pull <a href="https://example.com/?q={LONG.replace(" ", "%20")}">the plug</a></p>'),
        out(files=(f"1;2\n{LONG}",)),
    ],
)
def test_they_are_seen_beside_the_text_too(said: GoingOut) -> None:
    assert quotes_a_note(said, [note(LONG)])


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("text/plain", "log.txt", LONG),
        ("text/csv; charset=utf-16", "log.csv", "\ufeff" + LONG),
        ("text/html", "log.html", LONG.replace(" ", "</b> <b>")),
        ("application/octet-stream", f"{LONG.replace(' ', '_')}.bin", "x"),
        ("message/rfc822", "", f"From: ann@customer.test\nSubject: x\n\n{LONG}"),
    ],
)
def test_a_files_text_and_its_name_are_looked_into(kind: str, name: str, says: str) -> None:
    octets = says.encode("utf_16_le" if "utf-16" in kind else "utf_8")
    coded = says if kind == "message/rfc822" else b64encode(octets).decode()
    encoding = "" if kind == "message/rfc822" else "Content-Transfer-Encoding: base64\n"
    named = f'; filename="{name}"' if name else ""
    data = (
        "From: bob@engineers.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSee the file.\n\n"
        f"--b\nContent-Type: {kind}\nContent-Disposition: attachment{named}\n{encoding}\n{coded}\n--b--\n"
    ).encode()
    mail = read_bytes(data)
    going = going_out(mail, data, mail.reply_text, frozenset(), Address("", "support@example.com"))
    assert len(going.attachments) == 1
    assert quotes_a_note(going, [note(LONG)])
    assert not quotes_a_note(going, [note("Nothing of this is in it, as you will see at once.")])


def test_long_letters_and_many_notes_take_no_time() -> None:
    notes = [note(f"{LONG} {number}" * 20) for number in range(100)] + [note(f"{n} is short") for n in range(400)]
    started = time.process_time()
    assert not quotes_a_note(out("Pull the plug. " * 50_000), notes)
    assert time.process_time() - started < 5
