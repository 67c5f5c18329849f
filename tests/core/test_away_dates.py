"""When an out-of-office says that its writer is back: read where it is said without doubt, and else not at all."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.away import FARTHEST, back_on

SENT = date(2026, 11, 20)  # a Friday
BACK = date(2026, 11, 30)  # a Monday

SAYS_BACK = """
I am back on Monday, 30 November.
Back on 30 November 2026
I will return on November 30th.
I will be back in the office on Mon 30 Nov
back on 30/11
back on 11/30/2026
back on 2026-11-30
zurück am 30.11.2026
Ich bin ab dem 30.11. wieder im Büro.
Ich bin am Montag, den 30. November wieder erreichbar.
Je serai de retour au bureau le lundi 30 novembre.
Vuelvo a la oficina el 30 de noviembre de 2026
Rientrerò in ufficio il 30 novembre.
Sarò di ritorno lunedì 30 novembre
Ik ben op 30 november weer aanwezig.
terug op maandag 30 november
Jag är tillbaka den 30 november.
Jeg er tilbage den 30. november.
Volto no dia 30 de novembro
2026年11月30日に戻ります。
11月30日（月）より出社いたします
Jeg er tilbake på kontoret den 30. november.
Wracam do biura 30 listopada 2026 r.
Będę dostępny od poniedziałku 30 listopada.
Vrátím se v pondělí 30. listopadu.
Budu zpět v kanceláři 30.11.2026.
Palaan töihin maanantaina 30.11.
Olen takaisin 30. marraskuuta.
Вернусь в офис 30 ноября.
Я буду снова доступна с 30 ноября 2026 г.
Повернуся на роботу у понеділок, 30 листопада.
30 Kasım'da ofiste olacağım.
30 Kasım 2026 tarihinde işe döneceğim.
我将于11月30日返回办公室。
我于2026年11月30日（星期一）恢复上班
11월 30일에 복귀합니다.
2026년 11월 30일(월)부터 정상 근무합니다.
Revin la birou pe 30 noiembrie.
"""


@pytest.mark.parametrize("text", SAYS_BACK.strip().splitlines())
def test_the_day_of_return_is_read_in_nineteen_languages(text: str) -> None:
    assert back_on("Automatic reply", f"Hello,\n\n{text}\n\nRegards, Ann 12", SENT) == BACK


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until Sunday, November 29.",
        "I am on leave from 20 November to 29 November.",
        "I am out of the\noffice until\n29 November",
        "Ich bin bis zum 29.11.2026 nicht im Büro",
        "vom 20.11. bis einschließlich 29.11. im Urlaub",
        "Je suis absent du 20 au 29 novembre 2026",
        "Estaré fuera de la oficina hasta el 29 de noviembre",
        "Sono assente dal 20 al 29 novembre",
        "Ik ben afwezig tot en met 29 november",
        "Jag är på semester till och med 29 november",
        "Ferie til og med 29. november",
        "Estarei ausente até 29 de novembro",
        "11月29日まで不在にしております",
        "Jestem na urlopie do 29 listopada.",
        "Nie ma mnie w biurze od 20 listopada do 29 listopada.",
        "Jsem na dovolené do 29. listopadu.",
        "Olen lomalla 29.11. saakka.",
        "Я в отпуске до 29 ноября включительно.",
        "Я в отпуске с 20 по 29 ноября.",
        "Я у відпустці до 29 листопада.",
        "29 Kasım'a kadar izindeyim.",
        "我11月20日至11月29日休假",
        "11월 29일까지 휴가입니다.",
        "Sunt în concediu până pe 29 noiembrie.",
    ],
)
def test_who_is_away_until_a_day_is_there_on_the_next(text: str) -> None:
    assert back_on("Automatic reply", text, SENT) == BACK


def test_the_return_counts_more_than_the_last_day_away() -> None:
    text = "I am on vacation from 20 Nov until 27 Nov 2026 and return on 30 Nov."
    assert back_on("", text, SENT) == BACK


def test_a_subject_says_it_too() -> None:
    assert back_on("Out of office: back on 30 November", "Thank you for your mail.", SENT) == BACK


def test_a_date_that_reads_in_two_ways_is_settled_by_its_weekday_or_by_another() -> None:
    assert back_on("", "back on Saturday 12/05", SENT) == date(2026, 12, 5)
    assert back_on("", "zurück am 5.12.2026 / back on 12/05/2026", SENT) == date(2026, 12, 5)


@pytest.mark.parametrize(
    "text",
    [
        "I am away until 12/05",
        "back on 12/05/2026",
        "back on Tuesday, 30 November",  # it is a Monday
        "back on 30 Nov. My colleague is back on 25 Nov.",
        "back on 20 November 2025",
        "back on 30 November 2027",
        "I am on leave until 30 March",  # more than 90 days ahead
        "back on 31 November",
        "back on Monday",
        "I am back next Monday",
        "Wracam w poniedziałek",
        "Вернусь 31 ноября",
        "Я в отпуске до 05/12",
        "Nasza oferta jest ważna do 30 listopada.",
        "Скидка действует до 30 ноября.",
        "优惠到11月30日",
        "11월 30일까지 할인",
        "Your invoice of 30 November is attached.",
        "Our offer is valid until 30 November.",
        "Thank you. We reply from 9.30 to 12.30.",
        "",
    ],
)
def test_what_may_be_wrong_says_nothing(text: str) -> None:
    assert back_on("Automatic reply", text, SENT) is None


def test_a_missing_year_is_that_of_the_next_such_day() -> None:
    assert back_on("", "back on 4 January", date(2026, 12, 20)) == date(2027, 1, 4)


_PIECES = st.sampled_from(
    [
        "back on ",
        "until ",
        "zurück am ",
        "から",
        "30 November ",
        "2026",
        "-11-30",
        "12/05",
        "30.11.",
        "月",
        "1",
        ".",
        "\n",
        "de ",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=40), st.dates())
def test_whatever_it_says_a_day_within_reach_comes_out_or_none(pieces: list[str], sent: date) -> None:
    day = back_on("".join(pieces[:2]), "".join(pieces), sent)
    assert day is None or timedelta() <= day - sent <= FARTHEST + timedelta(days=1)


@pytest.mark.parametrize("piece", ["1", " ", "from ", "back on the ", "30.11.", "20", "de ", "(", "jusqu'à "])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.process_time()
    back_on(piece * 100_000, piece * 100_000, SENT)
    assert time.process_time() - started < 2
