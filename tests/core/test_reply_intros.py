"""Intros of quoted words ("On 3 May, Ann wrote:") in the languages and programs that write to us."""

from __future__ import annotations

import pytest

from mailgate.mail.reply import new_words

OWN = "Hello Ann,\n\nthe printer works again.\nRegards, Bob"
QUOTED = "> Does the printer work?\n> Ann\n"
# Programs' own lines, written down as seen; names and addresses are ours.
INTROS = (
    "On Mon, Jan 9, 2017 at 11:59 AM, Ann Example <ann@example.com> wrote:",
    "On 9 Jan 2017, at 11:59, Ann Example <ann@example.com> wrote:",
    "On 2017-01-09 11:59, Ann Example wrote:",
    "On Mon, 9 Jan 2017 11:59:00 +0100 Ann Example <ann@example.com> wrote:",
    "On Monday, January 9th, 2017 at 11:59 AM, Ann Example <ann@example.com> wrote:",
    "Ann Example <ann@example.com> wrote on 09.01.2017 11:59:39:",
    "Ann Example/Support/Example wrote on 01/09/2017 11:59:39 AM:",
    "On 1/9/17 11:59 AM, Ann Example via support wrote:",
    "On Mon, Jan 9, 2017, 11:59 Ann Example <ann@example.com> wrote:",
    "Am 09.01.2017 um 11:59 schrieb Ann Example:",
    "Am Mo., 9. Jan. 2017 um 11:59 Uhr schrieb Ann Example <ann@example.com>:",
    "Am Montag, 9. Januar 2017, 11:59:39 CET schrieb Ann Example:",
    "Ann Example <ann@example.com> schrieb am Mo., 9. Jan. 2017, 11:59:",
    "Ann Example schrieb am 09.01.2017 um 11:59:",
    "Ann Example <ann@example.com> hat am 9. Januar 2017 um 11:59 geschrieben:",
    "On 09.01.2017 schrieb Ann:",
    "Le 9 janv. 2017 à 11:59, Ann Example <ann@example.com> a écrit :",
    "Le lun. 9 janv. 2017 à 11:59, Ann Example <ann@example.com> a écrit :",
    "Le 09/01/2017 à 11:59, Ann Example a écrit :",
    "Le lundi 9 janvier 2017, Ann Example <ann@example.com> a écrit :",
    "El lun., 9 ene. 2017 a las 11:59, Ann Example (<ann@example.com>) escribió:",
    "El 09/01/2017 a las 11:59, Ann Example escribió:",
    "El 9 de enero de 2017, 11:59, Ann Example <ann@example.com> escribió:",
    "Il giorno lun 9 gen 2017 alle ore 11:59 Ann Example <ann@example.com> ha scritto:",
    "Il 09/01/2017 11:59, Ann Example ha scritto:",
    "Il giorno 09 gen 2017, alle ore 11:59, Ann Example <ann@example.com> ha scritto:",
    "Em seg, 9 de jan de 2017 às 11:59, Ann Example <ann@example.com> escreveu:",
    "Em 09/01/2017 11:59, Ann Example escreveu:",
    "A segunda, 9 de jan de 2017, 11:59, Ann Example <ann@example.com> escreveu:",
    "No dia 9 de janeiro de 2017 às 11:59, Ann Example <ann@example.com> escreveu:",
    "Op ma 9 jan. 2017 om 11:59 schreef Ann Example <ann@example.com>:",
    "Op 9 januari 2017 om 11:59 schreef Ann Example <ann@example.com>:",
    "Op 09-01-17 om 11:59 schreef Ann Example:",
    "Op 9 jan. 2017, om 11:59 heeft Ann Example <ann@example.com> het volgende geschreven:",
    "Ann Example <ann@example.com> schreef op 9 januari 2017:",
    "Den mån 9 jan. 2017 kl 11:59 skrev Ann Example <ann@example.com>:",
    "9 jan. 2017 kl. 11:59 skrev Ann Example <ann@example.com>:",
    "Den 2017-01-09 kl. 11:59, skrev Ann Example:",
    "Ann Example skrev 2017-01-09 11:59:",
    "Den man. 9. jan. 2017 kl. 11.59 skrev Ann Example <ann@example.com>:",
    "Den 09-01-2017 kl. 11:59 skrev Ann Example:",
    "man. 9. jan. 2017 kl. 11:59 skrev Ann Example <ann@example.com>:",
    "9. jan. 2017 kl. 11:59 skrev Ann Example <ann@example.com>:",
    "ma 9. tammik. 2017 klo 11.59 Ann Example (ann@example.com) kirjoitti:",
    "Ann Example <ann@example.com> kirjoitti 9.1.2017 kello 11.59:",
    "9.1.2017, 11.59, Ann Example kirjoitti:",
    "pon., 9 sty 2017 o 11:59 Ann Example <ann@example.com> napisał(a):",
    "W dniu 09.01.2017 o 11:59, Ann Example pisze:",
    "W dniu 9 stycznia 2017 11:59 użytkownik Ann Example <ann@example.com> napisał:",
    "Wiadomość napisana przez Ann Example <ann@example.com> w dniu 09.01.2017, o godz. 11:59:",
    "Dnia 2017-01-09, o godz. 11:59:39 Ann Example <ann@example.com> napisał(a):",
    "po 9. 1. 2017 v 11:59 odesílatel Ann Example <ann@example.com> napsal:",
    "Dne 9.1.2017 v 11:59 Ann Example napsal(a):",
    "9. 1. 2017 v 11:59, Ann Example <ann@example.com>:",
    "Dňa 9. 1. 2017 o 11:59 Ann Example napísal(a):",
    "пн, 9 янв. 2017 г. в 11:59, Ann Example <ann@example.com>:",
    "9 января 2017 г., 11:59 пользователь Ann Example <ann@example.com> написал:",
    "9 янв. 2017 г., в 11:59, Ann Example <ann@example.com> написал(а):",
    "09.01.2017 11:59, Ann Example пишет:",
    '09.01.2017, 11:59, "Ann Example" <ann@example.com>:',
    "Понедельник, 9 января 2017, 11:59 +03:00 от Ann Example <ann@example.com>:",
    "Вы писали 9 января 2017 г., 11:59:39:",
    "пн, 9 січ. 2017 о 11:59 Ann Example <ann@example.com> пише:",
    "9 січня 2017 р. 11:59 користувач Ann Example <ann@example.com> написав:",
    "09.01.17 11:59, Ann Example пише:",
    "9 Oca 2017 Pzt, 11:59 tarihinde Ann Example <ann@example.com> şunu yazdı:",
    "Ann Example <ann@example.com>, 9 Oca 2017 Pzt, 11:59 tarihinde şunu yazdı:",
    "9 Ocak 2017 11:59 tarihinde Ann Example <ann@example.com> yazdı:",
    "在 2017年1月9日，上午11:59，Ann Example <ann@example.com> 写道：",
    "于 2017年1月9日 上午11:59，Ann Example <ann@example.com>写道：",
    "Ann Example <ann@example.com> 于2017年1月9日周一 11:59写道：",
    "Ann Example <ann@example.com> 於 2017年1月9日 週一 上午11:59寫道：",
    '在 2017-01-09 11:59:39，"Ann Example" <ann@example.com> 写道：',
    "2017年1月9日 上午11:59，Ann Example <ann@example.com> 写道：",
    "2017-01-09 11:59 GMT+08:00 Ann Example <ann@example.com>:",
    "2017年1月9日(月) 11:59 Ann Example <ann@example.com>:",
    "2017年1月9日 11:59 Ann Example <ann@example.com>:",
    "2017/01/09 11:59、Ann Example <ann@example.com>のメール:",
    "2017年1月9日(月) 11:59 Ann Example さんは書きました:",
    "On 2017/01/09 11:59, Ann Example さん wrote:",
    "2017年1月9日 月曜日 11:59:39 JST、Ann Example <ann@example.com>のメール：",
    "2017년 1월 9일 (월) 오전 11:59, Ann Example <ann@example.com>님이 작성:",
    "2017. 1. 9., 오전 11:59, Ann Example <ann@example.com> 작성:",
    "2017-01-09 오전 11:59에 Ann Example 이(가) 쓴 글:",
    "Ann Example <ann@example.com> ezt írta (időpont: 2017. jan. 9., H, 11:59):",
    "În lun., 9 ian. 2017 la 11:59, Ann Example <ann@example.com> a scris:",
    "Στις Δευ, 9 Ιαν 2017 στις 11:59 π.μ., ο/η Ann Example <ann@example.com> έγραψε:",
    "El dl., 9 de gen. 2017, 11:59, Ann Example <ann@example.com> va escriure:",
    "في الاثنين، 9 يناير 2017 في 11:59 ص تمت كتابة ما يلي بواسطة Ann Example <ann@example.com>:",
    "Pada tanggal Sen, 9 Jan 2017 pukul 11.59 Ann Example <ann@example.com> menulis:",
    "Vào Th 2, 9 thg 1, 2017 vào lúc 11:59 Ann Example <ann@example.com> đã viết:",
    "pon, 9. sij 2017. u 11:59 Ann Example <ann@example.com> napisao je:",
    "Ann Example <ann@example.com> kirjutas 9. jaanuar 2017 11:59:",
    "На пн, 9.01.2017 г. в 11:59 Ann Example <ann@example.com> написа:",
    "---- Mon, 09 Jan 2017 11:59:39 +0100 Ann Example <ann@example.com> wrote ----",
    "---- On Mon, 09 Jan 2017 11:59:39 +0100 Ann Example <ann@example.com> wrote ---",
    "Quoting Ann Example <ann@example.com>:",
    "Zitat von Ann Example <ann@example.com>:",
    "Citando Ann Example <ann@example.com>:",
    "Ann Example writes:",
    "Ann Example wrote:",
    "[Ann Example, Mon, Jan 09, 2017 at 11:59:39AM +0100]:",
    "At 11:59 AM 1/9/2017, Ann Example wrote:",
)
NAMED = tuple(intro for intro in INTROS if "@" in intro and any(map(str.isdigit, intro)))


@pytest.mark.parametrize("intro", INTROS)
def test_an_intro_goes_with_the_quoted_lines_below_it(intro: str) -> None:
    words = new_words(f"{OWN}\n\n{intro}\n{QUOTED}")
    assert words.reply == OWN
    assert words.elided == f"{intro}\n{QUOTED}".strip()


@pytest.mark.parametrize("intro", NAMED)
def test_an_intro_that_names_a_writer_and_a_time_cuts_what_is_below_even_without_marks(intro: str) -> None:
    assert new_words(f"{OWN}\n\n{intro}\n\nDoes the printer work?\nAnn\n").reply == OWN


@pytest.mark.parametrize("intro", [intro for intro in NAMED if " <ann@" in intro and intro.endswith(("wrote:", ">:"))])
def test_an_intro_broken_before_or_within_its_address_is_still_one(intro: str) -> None:
    for broken in (intro.replace("<ann@", "\n<ann@"), intro.replace("<ann@", "<\nann@"), intro.replace(">:", "\n>:")):
        assert new_words(f"{OWN}\n\n{broken}\n\n{QUOTED}").reply == OWN


def test_the_verb_alone_on_the_last_line_still_ends_an_intro() -> None:
    intro = "On Dec 16, 2011, at 12:47 PM, Ann Example\n<ann@example.com>\nwrote:"
    assert new_words(f"{OWN}\n\n{intro}\n\n{QUOTED}").reply == OWN


@pytest.mark.parametrize(
    "said",
    [
        "As I wrote: the printer is dead.\n\nPlease help.",
        "You wrote:\n\nnothing useful. Please help.",
        "These come in several forms:\n\n2024-01-15 14:30:25\n15.01.2024 14:30\nJan 15, 2024 at 14:30",
        "One question I had:\n\nOn my machine, when I run it, it stops.",
        "See https://example.com/blog/on-3-may-someone-wrote-about-parsing\n\nBob",
    ],
)
def test_a_person_who_speaks_of_writing_is_not_cut(said: str) -> None:
    assert new_words(said).reply == said
