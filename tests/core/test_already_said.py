"""Laws of taking out what we said: all of ours goes, nothing of anybody else's does, and it takes no time."""

from __future__ import annotations

import textwrap
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.already_said import Read, Remains, Sent, without_notices, without_ours

AT = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
OURS = (
    "An engineer looks at your request now and will tell you what he finds out before the evening of this day.",
    "Please send us the protocol of the machine, with the hour at which the trouble began for the first time.",
    "Bitte schicken Sie uns das Protokoll der Maschine und die Stunde, in der die Störung zum ersten Mal auftrat.",
    "Пожалуйста, пришлите нам протокол машины и час, в который неисправность появилась в самый первый раз сегодня.",
    "请把机器的完整日志发给我们并且告诉我们故障第一次出现的准确时间以及当时正在运行的所有程序的名称",
    "機械の記録をすべて送ってください。また、故障が最初に起きた正確な時刻と、そのとき動いていたものも教えてください。",
    "เครื่องพิมพ์ของคุณกำลังถูกตรวจสอบโดยวิศวกรของเราและเราจะแจ้งให้คุณทราบภายในเย็นวันนี้อย่างแน่นอน",
    "The page of your case is https://support.example.com/case/1 and it shows whatever was said on it until now.",
)
SENT = [Sent(("\n\n".join(OURS),), ("Example Support", "support@example.com"), AT)]


def _left(text: str) -> Remains | None:
    return without_ours(Read(text, text), SENT)


# Words that are in none of ours.
_words = st.text("bdfgkxyzäß日ж\U0001f525", min_size=1, max_size=8).filter(lambda word: word.strip() == word)
_own = st.lists(_words, min_size=1, max_size=12).map(" ".join)


@st.composite
def _mails(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A mail in which paragraphs of both stand in any order, ours wrapped anyhow; and its writer's own."""
    own, parts, ours = [], [], draw(st.permutations(OURS))
    for by_us in draw(st.lists(st.booleans(), min_size=1, max_size=12)):
        if by_us and not ours:
            continue  # what stands there once more, he means
        text = ours.pop() if by_us else draw(_own)
        if by_us:
            width = draw(st.sampled_from((30, 60, 1000)))
            mark = draw(st.sampled_from(("", "> ", "| ", "  ")))
            parts.append("\n".join(mark + line for line in textwrap.wrap(text, width, break_long_words=False)))
        else:
            own.append(text)
            parts.append(text)
    return draw(st.sampled_from(("\n", "\n\n"))).join(parts), own


@given(_mails())
def test_without_ours_the_writers_own_words_are_left(mail: tuple[str, list[str]]) -> None:
    text, own = mail
    left = _left(text)
    assert (left.reply if left else text).split() == " ".join(own).split()


@given(
    st.lists(_own | st.sampled_from(OURS) | st.sampled_from(OURS).map(lambda text: text[: len(text) // 2]), max_size=10)
)
def test_whatever_is_taken_or_left_is_the_mail(parts: list[str]) -> None:
    text = "\n".join(parts)
    left = _left(text)
    if left is not None:
        assert sorted((left.reply + "\n" + left.elided).split()) == sorted(text.split())


@given(st.text("ab .:>\n|-日1@/", max_size=200))
def test_any_text_may_come(text: str) -> None:
    for found in (
        without_ours(Read(text, text), [Sent((text,))]),
        without_notices(Read(f"x\n{text}", text), [Sent((text,))], [text]),
    ):
        assert found is None or found.words > 0


@pytest.mark.parametrize("ours", OURS)
def test_a_word_more_or_less_in_a_line_keeps_it(ours: str) -> None:
    for text in (f"xyz {ours}", f"{ours} xyz", ours.replace(ours[20:24], " xyz ", 1)):
        assert _left(text) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://support.example.com/case/1",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fsupport.example.com%2Fcase%2F1&x=5",
        "https://urldefense.com/v3/__https://support.example.com/case/1__;!!Xy",
        "https://protect-eu.mimecast.com/s/AbCdEf",  # nothing of ours is left in it, but it stands in its place
    ],
)
def test_a_link_that_a_scanner_wrote_anew_is_ours(link: str) -> None:
    left = _left("bd\n" + OURS[7].replace("https://support.example.com/case/1", link))
    assert left is not None
    assert left.reply == "bd"


@pytest.mark.parametrize("link", ["https://customer.test/log", "ann@customer.test", "www.customer.test"])
def test_a_link_of_the_writers_between_ours_stays(link: str) -> None:
    left = _left(f"{OURS[0]}\n{link}\n{OURS[1]}")
    assert left is not None
    assert left.reply == link


@pytest.mark.parametrize("own", ["👍", "?", "...", "1)", "✓ ✗", "-> x"])
def test_an_answer_without_a_word_stays(own: str) -> None:
    left = _left(f"{OURS[0]}\n{own}\n{OURS[1]}")
    assert left is not None
    assert left.reply == own


def test_our_people_may_quote_what_the_customer_knows_and_not_the_notice() -> None:
    notice = [Sent((f"Write above\n\na new message\n\n{OURS[0]}\n\nThe whole case is seen by a command at the desk.",))]
    alone = f"You wrote:\n\n{OURS[0]}\n\nxyz"
    assert without_notices(Read(alone, alone), notice, [OURS[0]]) is None
    whole = f"xyz\n\n{notice[0].texts[0]}"
    left = without_notices(Read(whole, whole), notice, [OURS[0]])
    assert left is not None
    assert left.reply == "xyz"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(OURS) * 1300,
        OURS[0].replace(" ", "\n") * 10_000,
        "An engineer looks at the machine now. " * 27_000,
        "a.a@" * 250_000,
        "日" * 1_000_000,
        "https://a " * 100_000,
        "\n" * 1_000_000,
        "x:\n" * 300_000,
    ],
)
def test_a_megabyte_takes_no_time(text: str) -> None:
    began = time.process_time()
    _left(text)
    without_notices(Read(text, text), SENT, OURS)
    assert time.process_time() - began < 5  # some 0.2 s alone; nothing here may grow faster than its text


def test_an_answer_within_our_letter_is_new_although_all_below_an_intro_was_taken_for_quoted() -> None:
    letter = [Sent(("\n\n".join(OURS[:3]),))]
    text = f"bd\n\nSupport wrote:\n\n{OURS[0]}\n\nxyz\n\n{OURS[1]}\n\n{OURS[2]}\n\nfgk"
    left = without_ours(Read(text, "bd", text[4:]), letter)
    assert left is not None
    assert (left.reply, left.below) == ("bd\n\nxyz", True)
    assert "xyz" not in left.elided
    assert without_ours(Read(text, "bd", text[4:]), letter, ["fgk\nxyz"]) is None
    marked = text.replace("xyz", "> xyz")
    assert without_ours(Read(marked, "bd", marked[4:]), letter) is None


def test_a_sentence_of_ours_above_all_of_our_letter_is_meant() -> None:
    whole = "\n\n".join(OURS)
    left = _left(f"{OURS[1]}\nxyz\n\n{whole}")
    assert left is not None
    assert left.reply == f"{OURS[1]}\nxyz"


def test_a_line_that_was_taken_for_quoted_and_one_like_it_that_was_not_are_two() -> None:
    text = f"{OURS[1]}\n{OURS[0]}\n\nxyz\n{OURS[0]}"
    assert without_ours(Read(text, f"xyz\n{OURS[0]}", f"{OURS[1]}\n{OURS[0]}"), SENT) is None
