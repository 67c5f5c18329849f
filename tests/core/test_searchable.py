"""How texts become the words that they are found by."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.store.searchable import Asked, asked_for, words_of


def test_words_are_told_without_their_case_their_accents_and_what_stands_between_them() -> None:
    assert words_of(["Café-Größe: ÅNGSTRÖM_7, naïve!"]) == ["cafe", "grosse", "angstrom", "7", "naive"]


def test_an_accent_may_be_a_letter_of_its_own_or_a_part_of_one() -> None:
    assert words_of(["caf\u00e9", "cafe\u0301"]) == ["cafe"]


def test_a_word_comes_once_whatever_text_it_is_in() -> None:
    assert words_of(["printer Printer", "PRINTER fire"]) == ["printer", "fire"]


def test_scripts_without_spaces_become_pairs_of_letters_and_letters() -> None:
    assert words_of(["登录error错误"]) == ["登录", "登", "录", "error", "错误", "错", "误"]


def test_marks_of_voiced_kana_stay_for_they_are_other_letters() -> None:
    assert words_of(["ガ", "カ"]) == ["ガ", "カ"]


def test_the_last_word_may_go_on_unless_it_is_a_number_or_very_short() -> None:
    assert asked_for("burning prin") == Asked(("burning",), "prin")
    assert asked_for("order 4711") == Asked(("order", "4711"))
    assert asked_for("printer on") == Asked(("printer", "on"))


def test_of_a_script_without_spaces_nothing_is_a_beginning_for_all_stands_within() -> None:
    assert asked_for("误") == Asked(("误",))
    assert asked_for("帮 出现错误") == Asked(("帮", "出现", "现错", "错误"))


def test_a_ref_is_asked_for_by_its_key_however_it_is_written() -> None:
    assert asked_for("Re: ref:_00D7QK2MV._500ABCDEFGH12345 :REF") == Asked(("500abcdefgh12345",))


@pytest.mark.parametrize("nothing", ["", "  ", "'\"*-:()", "\0", "\ud800"])
def test_where_no_word_is_asked_for_there_is_nothing_to_ask(nothing: str) -> None:
    assert not asked_for(nothing)


def test_of_a_log_that_was_pasted_not_everything_is_a_word_to_find_it_by() -> None:
    assert len(words_of([f"{n:x}" + "z" * 90 for n in range(9_000)])) == 5_000
    assert max(map(len, words_of(["y" * 90]))) == 40


@given(st.text())
def test_what_is_asked_for_is_letters_and_digits_alone(text: str) -> None:
    asked = asked_for(text)
    assert all(word.isalnum() or word[0] > "\u0dff" for word in (*asked.words, asked.beginning) if word)


@given(st.text(), st.text())
def test_a_text_is_found_by_itself(before: str, text: str) -> None:
    asked, there = asked_for(text[:300]), words_of([before, text[:300]])
    if len(asked.words) < 11 and "ref" not in text.lower():
        assert set(asked.words) <= set(there)
        assert any(word.startswith(asked.beginning) for word in there) or not asked


_LATIN = st.characters(max_codepoint=0x2FF) | st.sampled_from("aé İǰ…€–\u0301")


@given(st.text(_LATIN) | st.text())
@example("İa ǰb")
def test_words_are_the_same_whatever_script_stands_beside_them(text: str) -> None:
    beside = dict.fromkeys((*words_of([text]), "日"))
    assert words_of([f"{text} 日"]) == list(beside)
