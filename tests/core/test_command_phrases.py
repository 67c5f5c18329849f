"""What customers say in their own words and languages."""

from __future__ import annotations

import pytest

from mailgate import shipped
from mailgate.cases.command_phrases import PHRASES, fold
from mailgate.cases.command_words import USAGE
from mailgate.cases.commands import Command, Commands, Speaker, Word, read_commands


def read(text: str) -> Commands:
    return read_commands(text, Speaker.CUSTOMER)


def test_every_shipped_language_has_words_for_every_command_of_customers() -> None:
    languages = {place.name for place in (shipped.folder("templates") / "letters").iterdir() if place.is_dir()}
    assert languages
    for language in languages | set(PHRASES):
        assert set(PHRASES[language]) == set(USAGE[Speaker.CUSTOMER]), language
        assert all(any(" " not in one for one in several) for several in PHRASES[language].values()), language


def test_no_phrase_means_two_things() -> None:
    meanings: dict[str, set[Word]] = {}
    for words in PHRASES.values():
        for word, several in words.items():
            for one in several:
                meanings.setdefault(fold(one), set()).add(word)
    assert [one for one, meant in meanings.items() if len(meant) > 1] == []


@pytest.mark.parametrize(
    ("word", "phrase"),
    [(word, one) for words in PHRASES.values() for word, several in words.items() for one in several],
)
def test_every_phrase_is_understood_as_a_mail_and_with_a_slash(word: Word, phrase: str) -> None:
    value = " 2" if word is Word.PRIORITY else ""
    expected = Command(word, 2 if value else None)
    for text in (phrase + value, f"Hello,\n\n{phrase.capitalize()}{value}.\n\nThanks\nAnn Example"):
        assert read(text) == Commands((expected,), worded=True)
    if " " not in phrase and "'" not in phrase:
        assert read(f"/{phrase}{value}\nBye") == Commands((expected,), rest="Bye")


@pytest.mark.parametrize(
    "text",
    [
        "Please close",
        "please close the case. Thank you!",
        "Solved, please close.",
        "Dear Bob,\n\nthis case can be closed.\n\nKind regards,\nAnn van Example\nExample Ltd.\n+49 30 1234567",
        "ERLEDIGT",
        "Resuelto, gracias.",
        "Close,\nplease",
    ],
)
def test_a_mail_that_says_only_so_closes(text: str) -> None:
    assert read(text).said == (Command(Word.CLOSE),)


@pytest.mark.parametrize(
    "text",
    [
        "Do not close",
        "Please don't close the case",
        "Nicht schließen",
        "Close?",
        "Priority high?",
        "Solved.\n\nRegards\nDo Not Close",
        "Can you close the case",
        "Close the window, please",
        "Solved, but now another one",
        "Solved.\n\nThe other printer burns.",
        "Solved.\n\nRegards\nplease look at the other one",
        "Solved.\n\nRegards\n> close",
        "> close",
        "-- \nclose",
        "Thanks",
        "Hello Ann,",
        "Done",
        "",
        "Priority boarding fails",
        "Priority",
        "please " * 200 + "close",
    ],
)
def test_a_mail_that_says_more_or_else_commands_nothing(text: str) -> None:
    assert read(text) == Commands(rest=text.rstrip())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Priority 1", 1),
        ("priority: high, please", "high"),
        ("Priorität: Hoch!", "Hoch"),
        ("prioridad=crítica", "crítica"),
    ],
)
def test_a_priority_is_asked_for_by_its_number_or_name(text: str, value: int | str) -> None:
    assert read(text) == Commands((Command(Word.PRIORITY, value),), worded=True)


def test_an_engineer_is_not_taken_at_such_words() -> None:
    assert read_commands("Solved, please close.", Speaker.ENGINEER) == Commands(rest="Solved, please close.")
    assert read_commands("/schließen", Speaker.ENGINEER).faults


def test_accents_and_capitals_do_not_matter_behind_a_slash() -> None:
    for text in ("/SCHLIESSEN", "/Schließen", "/clôturer", "/cloturer", "/resolu", "/Re\u0301solu"):
        assert read(text).said == (Command(Word.CLOSE),)
