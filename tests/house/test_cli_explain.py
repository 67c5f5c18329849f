"""`parse` shows what was read, `explain` why a mail came to what it came to, or would."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Gate
from world import mail

KEYS = [
    "file", "subject", "from", "to", "cc", "date", "message_id", "text", "reply_text", "html", "attachments",
    "is_bounce", "bounce_recipients", "is_auto", "defects",
]  # fmt: skip


def saved(folder: Path, data: bytes, name: str = "a.eml") -> str:
    file = folder / name
    file.write_bytes(data)
    return str(file)


def test_parse_needs_no_settings_and_prints_one_object_a_line(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    first, second = saved(tmp_path, mail("Grüße\u2028日本")), saved(tmp_path, mail("Two"), "b.eml")
    lines = gate.out("parse", first, "-", second, "--json", stdin=mail("Stdin"), config=False).splitlines()
    read = [json.loads(line) for line in lines]
    assert [one["file"] for one in read] == [first, "-", second]
    assert [one["subject"] for one in read][1:] == ["Stdin", "Two"]
    assert all(list(one) == KEYS for one in read)
    assert "日本" in read[0]["subject"]


def test_parse_goes_on_past_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    good = saved(tmp_path, mail())
    result = Gate(tmp_path).run("parse", f"{tmp_path}/none.eml", str(tmp_path), good, config=False)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["file"] == good
    assert result.stderr.replace(str(tmp_path), "~").splitlines() == [
        "Error: ~/none.eml: No such file or directory",
        "Error: ~: Is a directory",
    ]


def test_a_story_is_told_from_what_was_stored(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.receive(mail())
        message_id = world.letters[0]["Message-ID"]
        world.receive(mail("Re: Printer", message_id="<2@customer.test>", in_reply_to=message_id))
        number = world.cases[0]["number"]
    told = gate.out("explain", "2", "--trace")
    assert told.splitlines()[0].endswith("UTC at door test: filed")
    for sentence in (
        "Mail from ann@customer.test to mailbox support: Re: Printer",
        "  auto_reply  nothing",
        "  => accept: it may come in",
        f": case {number}, the writer is participant",
        f"  => case {number}, by a reply token; its writer is participant",
        f"  => filed on case {number}, now new (reply: a reply on its case)",
        "  no letter",
    ):
        assert sentence in told
    story = gate.json("explain", "2")
    assert story["match"]["case"] == number
    assert story["inbound"]["id"] == 2
    told = gate.out("explain", "1", "--trace")
    assert "letter: confirmation to ann@customer.test" in told
    assert "letter 1: confirmation to ann@customer.test: queued, attempts 0" in told


def test_a_mail_that_still_waits_says_so(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.receive(mail(), process=False)
        world.receive(mail(), process=False)
    for told in (gate.out("explain", "1"), gate.out("explain", "1", "--trace")):
        assert "waits for its turn" in told
        assert "t came 2 times" in told
    assert list(gate.json("explain", "1")) == ["inbound", "delivery"]


def test_a_file_is_explained_as_if_it_came_now_and_nothing_is_kept(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    bounce = mail("Out of office", auto_submitted="auto-replied")
    file = saved(tmp_path, bounce)
    told = gate.out("explain", file, "--trace")
    assert told.startswith("What would happen to this mail now (nothing is kept or sent):")
    assert "found: " in told
    assert "  => held (auto_reply: an automatic answer)" in told
    assert gate.json("explain", file)["verdict"]["handling"] == "match_or_hold"
    assert gate.json("inbox", "list") == []
    assert gate.out("explain", "-", "--trace", stdin=mail()).count("letter: confirmation") == 1
    assert gate.json("case", "list") == []


def test_a_file_is_explained_before_any_store_exists_and_none_is_made(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    file = saved(tmp_path, mail())
    told = gate.out("explain", file, "--trace").splitlines()
    assert told[0] == "What would happen to this mail now (nothing is kept or sent):"
    assert told[1] == "There is no store yet: no case, no earlier mail and no blocked sender is known."
    assert "  letter: confirmation to ann@customer.test" in told
    assert gate.json("explain", file)["decision"]["reason"] == "opened"
    assert [one.name for one in tmp_path.iterdir() if ".db" in one.name] == []
    gate.out("db", "upgrade")
    assert "no store" not in gate.out("explain", file)
    gate.out("parse", file, config=False)


def test_a_file_goes_to_the_mailbox_that_it_names_or_that_is_asked_for(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    file = saved(tmp_path, mail().replace(b"To: support@example.com", b"To: x@elsewhere.test, Sales@example.com"))
    assert gate.json("explain", file)["mail"]["mailbox"] == "sales"
    assert gate.json("explain", file, "--mailbox", "support")["mail"]["mailbox"] == "support"
    assert gate.error("explain", file, "--mailbox", "x") == 'there is no mailbox "x"; there are: support, sales'
    handed_on = saved(tmp_path, b"Delivered-To: <sales+x@example.com>, ignored\r\n" + mail(), "c.eml")
    assert gate.json("explain", handed_on)["mail"]["mailbox"] == "support", "what is no address is passed over"
    handed_on = saved(tmp_path, b"Delivered-To: <sales@example.com>\r\n" + mail(), "c.eml")
    assert gate.json("explain", handed_on)["mail"]["mailbox"] == "sales"
    to_postmaster = saved(tmp_path, mail().replace(b"To: support@", b"To: postmaster@"))
    assert gate.json("explain", to_postmaster)["mail"]["mailbox"] == "support", "as a door does"
    nowhere = saved(tmp_path, mail().replace(b"To: support@example.com", b"To: x@elsewhere.test"))
    error = gate.error("explain", nowhere)
    assert error.startswith("no address of ours stands in this mail (a door answers 550 to any other)")
    assert error.endswith("where it came to us all the same: --mailbox NAME (support, sales)")
    assert gate.json("explain", nowhere, "--mailbox", "sales")["mail"]["mailbox"] == "sales"
    assert gate.error("explain", f"{tmp_path}/none.eml") == "~/none.eml: No such file or directory"
    assert gate.error("explain", "99", code=3) == "inbound 99: there is no such id"
