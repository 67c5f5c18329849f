"""What lines at the top of a mail command, what is only text, and what is told of mistakes."""

from __future__ import annotations

import pytest

from mailgate.cases.command_words import USAGE, command_list
from mailgate.cases.commands import MAX_COMMANDS, Command, Commands, Speaker, Word, read_commands

Expected = int | str | tuple[int, ...] | None


def said(text: str, who: Speaker = Speaker.ENGINEER) -> Commands:
    return read_commands(text, who)


def one(text: str, who: Speaker = Speaker.ENGINEER) -> Command:
    read = said(text, who)
    assert not read.faults
    assert len(read.said) == 1
    return read.said[0]


def fault(text: str, who: Speaker = Speaker.ENGINEER) -> tuple[str, str]:
    read = said(text, who)
    assert len(read.faults) == 1, read
    return read.faults[0].why, read.faults[0].nearest


def test_commands_stand_above_the_words_which_stay_as_they_are() -> None:
    read = said("\n/priority 2\n\n/assign me\n\n  Hello Bob,\n\n/close\n")
    assert read.said == (Command(Word.PRIORITY, 2), Command(Word.ASSIGN, "me"))
    assert not read.faults
    assert read.rest == "  Hello Bob,\n\n/close"


def test_a_mail_of_commands_alone_leaves_no_words() -> None:
    assert said("/close\n \u200b\n\xa0\n").rest == ""


def test_a_mail_without_commands_is_all_words() -> None:
    assert said("It works.\n/close") == Commands(rest="It works.\n/close")


@pytest.mark.parametrize(
    "line",
    [
        "/close",
        "/Close",
        "/CLOSE.",
        "/close ,",
        "  /close\t",
        "\xa0/close\xa0",
        "／close",
        "／ｃｌｏｓｅ",
        "\ufeff/close",
        "/\u200bclose\u200d",
        "*/close*",
        "**/close**",
        "_/close_",
        "`/close`",
        "/close:",
        "/close\r",
    ],
)
def test_what_mail_programs_make_of_a_command_is_one(line: str) -> None:
    for end in ("\n", "\r\n", "\r"):
        read = said(f"{line}{end}{end}Bye")
        assert read.said == (Command(Word.CLOSE),)
        assert read.rest == "Bye"


@pytest.mark.parametrize(
    "line",
    [
        "/etc/passwd is broken",
        "/var/log",
        "/ hello",
        "/ close",
        "//close",
        "/close/",
        "/index.html is missing",
        "/user?id=2",
        "/key=value",
        "/tmp: no space left on device",
        "/http://example.com",
        "/someone@example.com",
        "/2",
        "/",
        "> /close",
        ">/close",
        "| /close",
        "» /close",
        "- /close",
        "* /close",
        "*/close now, please",
        '"/close"',
        "close",
        "I said /close",
        "https://example.com/close",
        "C:/close",
    ],
)
def test_paths_prose_and_quotes_are_words_and_end_the_commands(line: str) -> None:
    read = said(f"/wait 3\n{line}\n/close\n")
    assert read.said == (Command(Word.WAIT, 3),)
    assert not read.faults
    assert read.rest == f"{line}\n/close"


@pytest.mark.parametrize(
    ("line", "word", "value"),
    [
        ("/resolve", Word.RESOLVE, None),
        ("/open", Word.OPEN, None),
        ("/wait", Word.WAIT, None),
        ("/wait 5", Word.WAIT, 5),
        ("/wait: 365 days.", Word.WAIT, 365),
        ("/wait 5d", Word.WAIT, 5),
        ("/wait ５", Word.WAIT, 5),
        ("*/wait* 5", Word.WAIT, 5),
        ("/priority 1", Word.PRIORITY, 1),
        ("/priority=1", Word.PRIORITY, 1),
        ("/priority Very High", Word.PRIORITY, "Very High"),
        ("/priority P2.", Word.PRIORITY, "P2"),
        ("/assign Me", Word.ASSIGN, "me"),
        ("/assign nobody", Word.ASSIGN, "nobody"),
        ("/assign Bob Example", Word.ASSIGN, "Bob Example"),
        ("/assign Bob@Example.COM", Word.ASSIGN, "Bob@example.com"),
        ("/assign Bob <bob@example.com>", Word.ASSIGN, "bob@example.com"),
        ("/level 2", Word.LEVEL, 2),
        ("/escalate", Word.ESCALATE, None),
        ("/escalate it burns, again!", Word.ESCALATE, "it burns, again!"),
        ("/kind Incident", Word.KIND, "Incident"),
        ("/activated", Word.ACTIVATED, None),
        ("/workaround", Word.WORKAROUND, None),
        ("/note", Word.NOTE, None),
        ("/merge 2611000001", Word.MERGE, "2611000001"),
        ("/merge #2611000001.", Word.MERGE, "2611000001"),
        ("/merge case 2611000001", Word.MERGE, "2611000001"),
        ("/merge 2611000001 ref:_00DABCDEF._5000123456789ABC:ref", Word.MERGE, "2611000001"),
        ("/merge #2611000001: Printer 12 ref:_00DABCDEF._5000123456789ABC:ref", Word.MERGE, "2611000001"),
        ("/split", Word.SPLIT, None),
        ("/split 4-5,2", Word.SPLIT, (2, 4, 5)),
        ("/split #2 4 – 5", Word.SPLIT, (2, 4, 5)),
        ("/spam", Word.SPAM, None),
        ("/release", Word.RELEASE, None),
        ("/drop", Word.DROP, None),
        ("/status", Word.STATUS, None),
    ],
)
def test_every_command_takes_its_value_as_people_write_it(line: str, word: Word, value: Expected) -> None:
    assert one(line) == Command(word, value)


@pytest.mark.parametrize(
    "line",
    [
        "/cc ann@example.com, Bob@EXAMPLE.test",
        "/cc ann@example.com Bob@example.test.",
        "/cc Ann Example <ann@example.com>; Bob@example.test",
        '/cc "Example, Ann" <ann@example.com>, <Bob@example.test>',
        "/cc ann@example.com<mailto:ann@example.com>, mailto:Bob@example.test",
        "/cc ann@example.com <mailto:Ann@example.com> <mailto:Bob@example.test>",
        "/cc ann@example.com, Bob@example.test, ANN@example.com",
    ],
)
def test_several_people_are_a_command_each(line: str) -> None:
    read = said(line)
    assert not read.faults
    assert read.said == (Command(Word.CC, "ann@example.com"), Command(Word.CC, "Bob@example.test"))


@pytest.mark.parametrize(
    "line",
    [
        *("/close now", "/note the customer called", "/spam 2", "/wait 0", "/wait 366", "/wait soon", "/wait 5 6"),
        *(
            "/priority",
            "/priority 0",
            "/priority 100",
            f"/priority {'x' * 101}",
            "/assign",
            "/assign a@b.test c@d.test",
        ),
        *("/level", "/level two", "/level 0", "/kind", "/kind .", f"/escalate {'x' * 501}", f"/note {' ' * 2000} x"),
        *("/cc", "/cc ann", "/cc ann@", "/cc ann@example", "/cc ann@example.com and bob", "/cc a@b.testc@d.test@e"),
        *("/cc ann@example.com<mailto:bob@example.com>", "/cc ann@example.com <bob@example.com>", "/uncc"),
        *("/cc ann@example.com/bob@example.com", f"/cc {'a' * 10}@{('b' * 60 + '.') * 4}test"),
        "/merge 2611000001 ref:_00DABCDEF._5000123456789ABC:ref ref:_00DABCDEF._5000123456789ABD:ref",
        *("/merge", "/merge 12", "/merge 2611000001 2611000002", "/merge into 2611000001", "/merge 2611000001 now"),
        *("/split x", "/split 0", "/split 5-4", "/split 1-100000", "/split 2,x", "/split 2x"),
    ],
)
def test_a_value_missing_wrong_or_too_much_is_a_fault(line: str) -> None:
    read = said(f"{line}\nBye")
    assert len(read.faults) == 1
    assert not read.said
    assert read.faults[0].line.startswith(line[:5].strip())
    assert len(read.faults[0].line) <= 120
    assert read.rest == "Bye"


@pytest.mark.parametrize(
    ("lines", "blamed"),
    [
        ("/close\n/wait", "/wait"),
        ("/resolve\n/open", "/open"),
        ("/spam\n/close", "/close"),
        ("/merge 2611000001\n/close", "/close"),
        ("/priority 1\n/priority 2", "/priority 2"),
        ("/wait 1\n/wait 2", "/wait 2"),
        ("/assign me\n/assign nobody", "/assign nobody"),
        ("/level 2\n/escalate", "/escalate"),
        ("/note\n/release", "/release"),
        ("/drop\n/note", "/note"),
        ("/release\n/drop", "/drop"),
        ("/merge 2611000001\n/split", "/split"),
        ("/cc ann@example.com\n/uncc Ann@example.com", "/uncc Ann@example.com"),
    ],
)
def test_what_contradicts_a_command_above_it_is_a_fault(lines: str, blamed: str) -> None:
    assert [fault.line for fault in said(lines).faults] == [blamed]


def test_a_note_may_stand_with_whatever_else_is_done_to_the_case() -> None:
    read = said("/note\n/close\n/priority 2\n/cc a@b.test\n/uncc c@d.test\n/workaround\n/kind X\n/assign me\n/status")
    assert not read.faults
    assert len(read.said) == 9


def test_the_same_said_twice_is_said_once() -> None:
    assert one("/close\n/Close.") == Command(Word.CLOSE)


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        *(("/asign bob", "assign"), ("/clsoe", "close"), ("/prio 2", "priority"), ("/escalation", "escalate")),
        *(("/closed", "close"), ("/asign: bob", "assign"), ("/hold", ""), ("/etc is full", ""), ("/wait5", "wait")),
    ],
)
def test_an_unknown_command_is_a_fault_that_names_the_nearest(line: str, nearest: str) -> None:
    assert fault(line) == ("there is no such command", nearest)


def test_engineers_and_customers_are_told_whose_a_command_is() -> None:
    assert fault("/confirm")[0] == "this one is for customers alone"
    assert fault("/wait 3", Speaker.CUSTOMER)[0] == "this one is for our engineers alone"


@pytest.mark.parametrize("line", ["/status returns 500", "/open does not answer", "/home is full again", "/tmp: full"])
def test_a_customer_may_write_of_what_only_looks_like_a_command(line: str) -> None:
    assert said(line, Speaker.CUSTOMER) == Commands(rest=line)


def test_a_customers_own_command_with_words_behind_it_is_not_followed() -> None:
    assert fault("/close does not work", Speaker.CUSTOMER)[1] == ""


def test_a_fault_shows_its_line_clean_and_short() -> None:
    (found,) = said("/close \u202e\x1b[31m\x00" + "x" * 300).faults
    assert found.line.isprintable()
    assert len(found.line) <= 120


def test_too_many_lines_of_commands_are_a_fault() -> None:
    lines = "".join(f"/cc a{number}@example.com\n" for number in range(MAX_COMMANDS + 1))
    assert "more than" in fault(lines)[0]
    assert not said(lines.removesuffix("/cc a50@example.com\n")).faults


@pytest.mark.parametrize("who", Speaker)
def test_the_list_of_commands_names_every_one_and_can_be_followed(who: Speaker) -> None:
    forms = [form for form, _ in command_list(who)]
    assert [form.split()[0] for form in forms] == [f"/{word}" for word in USAGE[who]]
    assert all(does and does[-1] != "." for _, does in command_list(who))
    bare = [form.split()[0] for form in forms if "[" in form or " " not in form]
    assert all(one(form, who).value is None for form in bare)


def test_every_word_is_somebodys() -> None:
    assert {word for words in USAGE.values() for word in words} == set(Word)
