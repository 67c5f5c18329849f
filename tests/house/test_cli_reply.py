"""`mailgate case reply`: an engineer's answer from a file goes the way of one that he mails."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from commands import CONFIG, Gate
from mailgate.simulate.record import letter_of
from world import mail

EVE = """
[[engineer]]
address = "eve@engineers.test"
name = "Eve Night"
public = "Eve"

[[engineer]]
address = "bob@engineers.test"
name = "Bob"
"""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.config.write_text(CONFIG + EVE)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail(cc="carl@customer.test"))
    return gate


def number(gate: Gate) -> str:
    (case,) = gate.json("case", "list")
    return str(case["number"])


def history(gate: Gate) -> list[tuple[str, str, str]]:
    lines = gate.json("case", "show", number(gate))["history"]
    return [(line["kind"], line["actor"], line["text"]) for line in lines]


def replies(gate: Gate) -> list[tuple[str, EmailMessage]]:
    """State and letter of each reply, in the order of their recipients."""
    rows = [row for row in gate.json("outbox", "list") if row["kind"] == "reply"]
    shown = [gate.json("outbox", "show", str(row["id"])) for row in sorted(rows, key=lambda row: str(row["to"]))]
    return [(row["state"], letter_of(row["message"])) for row in shown]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def test_it_goes_to_all_who_take_part_in_the_engineers_public_name(gate: Gate, tmp_path: Path) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_bytes(
        "Pull the plug, Grüße.\r\n\r\nOr ask eve@engineers.test.\r\n-- \r\nEve Night, 999-0100\r\n".encode()
    )
    told = gate.out("case", "reply", number(gate), str(answer), "--as", "EVE@engineers.test")
    assert told == f"#{number(gate)}: to ann@customer.test, carl@customer.test; status: new → waiting\n"
    assert [kind for kind, _, _ in history(gate)][1:] == ["reply", "status"]
    assert history(gate)[1][1:] == ("eve@engineers.test", "Pull the plug, Grüße.\n\nOr ask support@example.com.")
    for (state, letter), reader in zip(replies(gate), ("ann", "carl"), strict=True):
        assert (state, letter["To"], letter["Cc"]) == ("queued", "Ann Lee <ann@customer.test>", "carl@customer.test"), (
            reader
        )
        assert letter["From"] == '"Eve (Support)" <support@example.com>'
        assert "Pull the plug, Grüße." in text_of(letter)
        assert not any(word in letter.as_string() for word in ("eve@", "Night", "999-0100"))
    tokens = {letter["Reply-To"] for _, letter in replies(gate)}
    assert len(tokens) == 2, "each reader answers by a token of his own"
    (clock,) = gate.json("case", "show", number(gate))["clocks"]
    assert clock["state"] == "met"


def test_a_note_stays_among_us_and_leaves_the_status_alone(gate: Gate) -> None:
    told = gate.out("case", "reply", number(gate), "--as", "Bob", "--note", stdin=b"He is rude.\n")
    assert told == f"#{number(gate)}: noted\n"
    assert history(gate)[1:] == [("note", "bob@engineers.test", "He is rude.")]
    assert replies(gate) == []
    assert gate.json("case", "show", number(gate))["status"] == "new"


def test_the_status_is_as_said_and_refused_all_or_none(gate: Gate) -> None:
    gate.out("case", "reply", number(gate), "-", "--as", "bob", "--status", "resolved", stdin=b"It is done.")
    assert gate.json("case", "show", number(gate))["status"] == "resolved"
    gate.out("case", "close", number(gate))
    before = history(gate)
    refused = gate.run("case", "reply", number(gate), "--as", "bob", "--status", "waiting", stdin=b"Is it?")
    assert refused.exit_code == 1
    assert "is closed: it can become open, not waiting" in refused.stderr
    assert history(gate) == before
    gate.out("case", "reply", number(gate), "--as", "bob", stdin=b"One word more.")
    assert gate.json("case", "show", number(gate))["status"] == "closed", "what is over stays so without a word"


def test_what_quotes_a_note_waits_in_the_outbox(gate: Gate) -> None:
    secret = b"They forgot to pay the last three invoices, so take your time."
    gate.out("case", "reply", number(gate), "--as", "bob", "--note", stdin=secret)
    told = gate.out("case", "reply", number(gate), "--as", "bob", stdin=b"Dear customer: " + secret)
    assert "the reply is held back: it has words of the internal note" in told
    assert {state for state, _ in replies(gate)} == {"held"}
    assert gate.json("case", "show", number(gate))["status"] == "new"


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("--as", "dora"), b"Hi.", 'no engineer is called "dora"; there are eve@engineers.test, bob@engineers.test'),
        (("--as", "bob"), b"\n \n", "there are no words to send"),
        (("--as", "bob"), b"/close\nBye.", '"/close" is a command of mail'),
        (("--as", "bob"), b"\xff\xfe", "the text is not UTF-8: invalid start byte at byte 0"),
        (("--as", "bob", "--status", "lost"), b"Hi.", "Invalid value for '--status'"),
        ((), b"Hi.", "Missing option '--as'"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_done(
    gate: Gate, words: tuple[str, ...], stdin: bytes, said: str
) -> None:
    result = gate.run("case", "reply", number(gate), *words, stdin=stdin)
    assert result.exit_code in {1, 2}
    assert said in result.stderr
    assert len(history(gate)) == 1


def test_an_answer_that_the_guard_held_counts_as_given_once_somebody_releases_it(gate: Gate) -> None:
    words = "They forgot to pay the last three invoices, so take your time."
    gate.out("case", "reply", number(gate), "--as", "eve@engineers.test", "--note", stdin=words.encode())
    gate.out("case", "reply", number(gate), "--as", "eve@engineers.test", stdin=words.encode())
    case = gate.json("case", "show", number(gate))
    assert (case["status"], case["clocks"][0]["state"]) == ("new", "overdue")
    gate.out("outbox", "release", "--all", "--reason", "guard")
    case = gate.json("case", "show", number(gate))
    assert (case["status"], case["clocks"][0]["state"]) == ("waiting", "met")
    assert {state for state, _ in replies(gate)} == {"queued"}
