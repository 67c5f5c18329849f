"""The new words of replies as mail programs write them, in twenty languages; and of persons who write likewise."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mailgate.mail.reply import new_words
from mailgate.mail.text import html_to_text
from replies import (
    Language,
    Sample,
    languages,
    marked_lines,
    sections,
    with_endings,
    with_heads,
    with_intros,
    with_marks,
)

LANGUAGES = languages()
PLAIN = (with_intros, with_heads, with_endings)
SECTIONS = [*sections("persons.txt"), *sections("programs.txt")]


def _misread(samples: Iterator[Sample]) -> list[tuple[str, str]]:
    read = ((one, new_words(one.text or html_to_text(one.html), one.html).reply) for one in samples)
    return [(one.name, reply) for one, reply in read if reply.split() != one.own.split()]


@pytest.mark.parametrize("make", PLAIN)
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_writers_words_are_found_among_what_programs_write(
    code: str, make: Callable[[Language], Iterator[Sample]]
) -> None:
    assert _misread(make(LANGUAGES[code])) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_writers_words_are_found_among_what_programs_mark_in_html(code: str) -> None:
    assert _misread(with_marks(LANGUAGES[code])) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_taken_away_is_kept_in_its_order(code: str) -> None:
    for make in PLAIN:
        for one in make(LANGUAGES[code]):
            words = new_words(one.text)
            own, gone = iter(words.reply.split()), iter(words.elided.split())
            assert sorted((*own, *gone)) == sorted(one.text.split())
            rest = iter(one.text.split())
            assert all(word in rest for word in words.elided.split())


@pytest.mark.parametrize("content", [content for _, content in SECTIONS], ids=[title for title, _ in SECTIONS])
def test_lines_are_the_writers_or_not(content: str) -> None:
    text, own, gone = marked_lines(content)
    words = new_words(text)
    assert [line.strip() for line in words.reply.splitlines() if line.strip()] == own
    assert sorted(line.strip() for line in words.elided.splitlines() if line.strip()) == sorted(gone)
