"""Words in a row, by which a text is known again however it is wrapped, marked or spelled. No more is decided here.

Case, punctuation, marks of quotes and what shows nothing make no difference. Of scripts that part no words each letter
counts as half a word. Any language; linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

# A letter of a script that parts no words: half a word, by and large (Thai to Khmer, kana, Chinese characters).
PARTLESS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD: Final = rf"[{PARTLESS}]|[^\W_{PARTLESS}]+"
_WORD = re.compile(WORD)
_PART = re.compile(f"[{PARTLESS}]")
_UNSEEN = re.compile("[\xad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")


def plain(text: str) -> str:
    """The text with capitals, compatibility forms and invisible characters made one."""
    if text.isascii():
        return text.lower()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def words_of(text: str) -> list[str]:
    """Its words, in their order."""
    return _WORD.findall(plain(text))


def weight(words: Iterable[str]) -> float:
    """How many words they count as."""
    every = list(words)
    if "".join(every).isascii():
        return len(every)
    return sum(0.5 if _PART.match(word) else 1 for word in every)


def rows_of(words: Sequence[str], least: int) -> Iterator[tuple[int, int, str]]:
    """(start, end, the words) of each row that `in_a_row` finds."""
    if _PART.search("".join(words)):
        return ((start, end, " ".join(words[start:end])) for start, end in in_a_row(words, least))
    rows = map(" ".join, zip(*(words[after:] for after in range(least)), strict=False))  # as far as all of them reach
    return ((start, start + least, row) for start, row in enumerate(rows))


def in_a_row(words: Sequence[str], least: float) -> Iterator[tuple[int, int]]:
    """(start, end) of as many words in a row as count as `least`, from each one on."""
    weights = [1.0 if word.isascii() or not _PART.match(word) else 0.5 for word in words]
    end, sum_of_them = 0, 0.0
    for at, own in enumerate(weights):
        while end < len(words) and sum_of_them < least:
            sum_of_them += weights[end]
            end += 1
        if sum_of_them < least:
            return
        yield at, end
        sum_of_them -= own
