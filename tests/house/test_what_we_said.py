"""Our own letters in a mail that comes back: whatever a program did with them, they are nobody's new words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from desk_mail import BOB, answer, text_of, to
from mailgate import rearranging
from mailgate.cases import may
from mailgate.cases.case import EntryKind
from mailgate.explaining.telling import tell
from mailgate.mail.message import Authentication
from mailgate.mail.text import html_to_text
from world import World, mail

ANN = "ann@customer.test"
PASTED = """You say that you will have a first answer by 2026-11-17 16:00 UTC at the
latest. If you want immediate attention, we are reachable on
+1 202 555 0143. Nobody picks up there."""
OWN = "Thank you. It still burns, and now the curtains do, too."


def opened() -> tuple[World, EmailMessage]:
    """A case, and its confirmation."""
    world = World(engineers=[BOB])
    world.receive(mail())
    return world, to(world, ANN)[-1]


def reply(world: World, letter: EmailMessage, words: str, *, by: str = "Ann Lee <ann@customer.test>") -> dict[str, str]:
    """A customer's answer; gives the entry that it became, with the trace of its mail."""
    seen = sum(world.sums().values())
    inbound = world.receive(
        mail("Re: it", words, by=by, message_id=f"<{seen + 50}@customer.test>", in_reply_to=letter["Message-ID"]),
        authentication=Authentication.PASS,
    )
    number = world.inbox(inbound)["case"]
    return next(one for one in reversed(world.case(number)["history"]) if one["kind"] == EntryKind.MAIL)


def said(world: World, letter: EmailMessage, words: str) -> str:
    return reply(world, letter, words)["text"]


def html_of(letter: EmailMessage) -> str:
    body = letter.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def wrapped(text: str) -> str:
    return "\n".join(line for one in text.splitlines() for line in textwrap.wrap(one, 38) or [""])


def unwrapped(text: str) -> str:
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text)


def scanned(text: str) -> str:
    """As a scanner of links leaves it, and with addresses doubled as Outlook does."""
    return re.sub(r"(\S+@\S+)", r"\1<mailto:\1>", text)


PROGRAMS: dict[str, Callable[[EmailMessage], str]] = {
    "its text": text_of,
    "its html": lambda letter: html_to_text(html_of(letter)),
    "wrapped": lambda letter: wrapped(text_of(letter)),
    "unwrapped": lambda letter: unwrapped(text_of(letter)),
    "its html, wrapped": lambda letter: wrapped(html_to_text(html_of(letter))),
    "scanned": lambda letter: scanned(text_of(letter)),
    "stars": lambda letter: "\n".join(f"* {line}" for line in text_of(letter).splitlines()),
    "capitals": lambda letter: text_of(letter).upper(),
    "without empty lines": lambda letter: re.sub(r"\n+", "\n", text_of(letter)),
    "every line apart": lambda letter: text_of(letter).replace("\n", "\n\n"),
}


@pytest.mark.parametrize("quoted", PROGRAMS.values(), ids=PROGRAMS)
def test_a_letter_of_ours_below_an_answer_is_taken_out_without_any_mark(quoted: Callable[[EmailMessage], str]) -> None:
    world, letter = opened()
    assert said(world, letter, f"{OWN}\n\n{quoted(letter)}") == OWN


@pytest.mark.parametrize("quoted", PROGRAMS.values(), ids=PROGRAMS)
def test_and_above_an_answer(quoted: Callable[[EmailMessage], str]) -> None:
    world, letter = opened()
    left = said(world, letter, f"{quoted(letter)}\n\n{OWN}")
    assert left.endswith(OWN)
    assert len(left.split()) <= len(OWN.split()) + 3


@pytest.mark.parametrize(
    "intro",
    [
        "Pada 17 Zzz 2026 12:00, Support <support@example.com> schrubbelde:",
        "17.11.2026 12:00 Support aphendulela:",
        "Nge-17 Novemba 2026 ngo-12:00\nSupport <support@example.com>\nubhale:",
        "ในวันที่ 17 พ.ย. 2569 เวลา 19:00 Support <support@example.com> ว่า:",
        "---Umlayezo---\nIsuka: Support <support@example.com>\nUsuku: 17 Novemba 2026 12:00\nIya: Ann\nIsihloko: it\n",
        "________________\n*Qa:* Support <support@example.com>\n*Qb:* 17/11/26 12:00\n*Qc:* Ann\n*Qd:* it",
    ],
)
def test_an_intro_in_a_language_that_nobody_knows_goes_with_it(intro: str) -> None:
    world, letter = opened()
    assert said(world, letter, f"{OWN}\n\n{intro}\n{text_of(letter)}") == OWN


@pytest.mark.parametrize(
    "own",
    [
        "I have done what you said on 17.11. at 12:00:",
        "These are the steps that I have tried:\n\n1. I pulled the plug\n2. I called the fire brigade:",
        "Support told me this:",
    ],
)
def test_a_line_of_the_writers_above_a_quote_stays(own: str) -> None:
    world, letter = opened()
    assert said(world, letter, f"{own}\n\n{text_of(letter)}") == own


def test_answers_between_our_paragraphs_stay_and_our_paragraphs_go() -> None:
    world, letter = opened()
    parts = [part for part in text_of(letter).split("\n\n") if len(part.split()) > 12]
    answers = [f"This is my answer number {n}." for n in range(len(parts))]
    mixed = "\n\n".join(f"{part}\n{own}" for part, own in zip(parts, answers, strict=True))
    assert said(world, letter, mixed).split() == " ".join(answers).split()


@pytest.mark.parametrize(
    "own",
    [
        "Yes, please: an engineer will contact you shortly.",
        "A case has been created successfully.",
        PASTED,
        "Never remove or alter it",
        "👍",
        "Priority: 1 (High)",
    ],
)
def test_what_a_person_repeats_of_ours_in_words_of_his_own_stays(own: str) -> None:
    world, letter = opened()
    assert said(world, letter, own) == own
    assert said(world, letter, f"{own}\n\n{text_of(letter)}") == own


def test_a_mail_of_nothing_but_ours_is_shown_and_says_nothing() -> None:
    world, letter = opened()
    shown = reply(world, letter, text_of(letter))
    assert shown["text"].split() == text_of(letter).split()
    assert [case["status"] for case in world.cases] == ["new"]


def test_the_words_of_an_engineer_are_known_again_too() -> None:
    world, _ = opened()
    answer(world, to(world, BOB)[0], "Please pull the plug of the printer, wait for ten minutes, and tell us then.")
    letter = to(world, ANN)[-1]
    assert said(world, letter, f"I did. It burns.\n\n{text_of(letter)}") == "I did. It burns."


def test_a_customer_who_was_only_copied_and_quotes_without_a_mark_says_his_own_words_alone() -> None:
    world, letter = opened()
    shown = reply(world, letter, f"Me too.\n\n{text_of(letter)}", by="Carl <carl@customer.test>")
    assert shown["text"] == "Me too."


def test_what_is_taken_out_stays_beside_the_words_and_explain_says_so() -> None:
    world, letter = opened()
    inbound = world.receive(
        mail("Re: it", f"{OWN}\n\n{text_of(letter)}", message_id="<2@x.test>", in_reply_to=letter["Message-ID"])
    )
    trace = world.inbox(inbound)["trace"]
    assert trace["mail"]["words_of_ours"] == len(re.findall(r"[^\W_]+", text_of(letter)))
    assert any("words of our own letters" in line for line in tell(trace))
    told = text_of(to(world, BOB)[-1])
    assert OWN in told
    assert "leads your answer to the case" not in told


def test_a_first_mail_and_a_short_one_ask_nothing_of_the_store() -> None:
    asked: list[str] = []
    world, letter = opened()
    from sqlalchemy import event as sql  # noqa: PLC0415

    with world.store.read() as connection:
        engine = connection.engine
    sql.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    world.receive(mail("Another", "word " * 50, message_id="<9@x.test>"))
    reply(world, letter, "It burns.")
    assert not [one for one in asked if "UNION" in one]
    reply(world, letter, "word " * 50)
    assert len([one for one in asked if "UNION" in one]) == 1


@pytest.mark.parametrize("words", ["/close", "Please close", "Please close the case."])
def test_a_customer_who_closes_above_our_letter_is_heard(words: str) -> None:
    world, letter = opened()
    reply(world, letter, f"{words}\n\n{text_of(letter)}")
    assert [case["status"] for case in world.cases] == ["closed"]


@pytest.mark.parametrize("words", ["/close", "Please close"])
def test_below_our_letter_nothing_is_an_order(words: str) -> None:
    world, letter = opened()
    reply(world, letter, f"{text_of(letter)}\n\n{words}")
    assert [case["status"] for case in world.cases] == ["new"]


# Our people


def notice(world: World) -> EmailMessage:
    return to(world, BOB)[-1]


def to_ann(world: World) -> list[EmailMessage]:
    return [one for one in to(world, ANN) if not one["Auto-Submitted"]]


def unmarked(letter: EmailMessage) -> str:
    """A notice as a program leaves it that drops lines of signs, and so the marks by which it is known."""
    lines = text_of(letter).splitlines()
    return "\n".join(line for line in lines if "####" not in line and not line.startswith("[r:"))


@pytest.mark.parametrize("quoted", [text_of, unmarked, lambda letter: wrapped(unmarked(letter))])
def test_a_notice_that_is_quoted_without_a_mark_does_not_go_out(quoted: Callable[[EmailMessage], str]) -> None:
    world, _ = opened()
    answer(world, notice(world), f"Pull the plug.\n\n{quoted(notice(world))}")
    (sent,) = to_ann(world)
    assert "Pull the plug." in text_of(sent)
    for one in (text_of(sent), html_of(sent)):
        assert "mailgate case show" not in one
        assert "/assign" not in one
        assert "It burns." not in one


@pytest.mark.parametrize("quoted", [text_of, unmarked])
def test_below_a_notice_nothing_is_an_order(quoted: Callable[[EmailMessage], str]) -> None:
    world, _ = opened()
    answer(world, notice(world), f"{quoted(notice(world))}\n\n/close")
    assert to_ann(world) == []
    assert [case["status"] for case in world.cases] == ["new"]


def test_an_engineer_who_quotes_the_customer_on_purpose_is_let() -> None:
    world = World(engineers=[BOB])
    words = "The printer burns since this morning, and the whole house smells of smoke and of burnt paper."
    world.receive(mail(body=words))
    answer(world, notice(world), f"You wrote:\n\n{words}\n\nPull the plug.")
    (sent,) = to_ann(world)
    assert words in text_of(sent)


def test_an_engineer_who_sends_back_nothing_but_the_notice_sends_nothing() -> None:
    world, _ = opened()
    answer(world, notice(world), unmarked(notice(world)))
    assert to_ann(world) == []


def html_mail(html: str, letter: EmailMessage) -> bytes:
    head = mail("Re: it", "", message_id="<77@customer.test>", in_reply_to=letter["Message-ID"]).decode()
    return (head.strip().replace("text/plain", "text/html") + f"\r\n\r\n{html}\r\n").encode()


def test_answers_that_outlook_lets_people_write_into_the_quoted_mail_are_read() -> None:
    world, letter = opened()
    body = html_of(letter).partition("</head>")[2]
    inner = body.replace(
        "<b>Case Details</b></p>", "<b>Case Details</b></p><p><font color=red>No: the scanner!</font></p>"
    )
    assert inner != body
    head = (
        "<p>See below, in red.</p><div style='border-top:solid #E1E1E1'><p><b>From:</b> Support &lt;support@example"
        ".com&gt;<br><b>Sent:</b> Tue, November 17, 2026 12:00<br><b>To:</b> Ann<br><b>Subject:</b> it</p></div>"
    )
    world.receive(html_mail(head + inner, letter))
    shown = world.case("2611000001")["history"][-1]
    assert shown["text"].split() == ["See", "below,", "in", "red.", "No:", "the", "scanner!"]


@pytest.mark.parametrize("order", ["/close", "Please close."])
def test_such_an_answer_orders_nothing(order: str) -> None:
    world, letter = opened()
    paragraphs = text_of(letter).replace("\r\n", "\n").split("\n\n")
    quoted = "\n\n".join([*paragraphs[:3], order, *paragraphs[3:]])
    reply(
        world, letter, f"See below.\n\nOn Tue, 17 Nov 2026 at 12:00, Support <support@example.com> wrote:\n\n{quoted}"
    )
    assert [case["status"] for case in world.cases] == ["new"]


def test_an_engineer_whose_words_are_lost_in_the_notice_is_told() -> None:
    world, _ = opened()
    answer(world, notice(world), unmarked(notice(world)).replace("It burns.", "It burns.\n\nPull the plug."))
    assert to_ann(world) == []
    assert "cannot be told from our letter" in text_of(notice(world))


def test_on_a_case_that_was_merged_the_letters_of_both_are_known() -> None:
    world, first = opened()
    world.receive(mail("Another", message_id="<5@customer.test>"))
    second = to(world, ANN)[-1]
    rearranging.merge(world.house, "2611000002", "2611000001", may.OPERATOR)
    assert said(world, first, f"{OWN}\n\n{text_of(first)}") == OWN
    assert said(world, second, f"{OWN}\n\n{text_of(second)}") == OWN


def test_a_line_of_ours_that_was_filled_in_stays_and_what_stands_round_it_goes() -> None:
    world, letter = opened()
    assert said(world, letter, text_of(letter).replace("Priority: 3", "Priority: 1")).startswith("Priority: 1 (Medium)")
    assert "leads your answer" not in world.case("2611000001")["history"][-1]["text"]
