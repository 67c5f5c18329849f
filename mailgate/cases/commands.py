"""What an engineer or a customer may say in a mail: reads the lines of commands at the top of its new words.

It reads, and looks nothing up: whether a priority, an engineer or a case exists is for the caller, as is the rule that
a mail with one fault changes nothing. Words and usage: `command_words.py`; values: `command_values.py`; what customers
say in their own languages: `command_phrases.py`.

Which line is one? After empty lines, every line down to the first that is none; below that, nothing is ever a command.
A command is a slash, a word of letters, and then white space, a colon or the end of the line. So these are words of the
mail: "/etc/passwd is broken", "/index.html", "// see", "/ hello", "/user?id=2", "/2", any quoted line (">", "|").
A line of that form whose word nobody knows is a fault of an engineer's mail ("/etc is full" needs a word before it: to
be told so costs less than a command that went to the customer as text). In a customer's mail it is one only where the
word is near one of his commands, or stands alone or before one other word; else he writes of something called so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final

from mailgate.cases.command_phrases import fold, slash_words, spoken
from mailgate.cases.command_values import Unreadable, read_value
from mailgate.cases.command_words import (
    ONE_OF,
    USAGE,
    Command,
    CommandFault,
    Speaker,
    Word,
)
from mailgate.mail.names import one_line

__all__ = ["Command", "CommandFault", "Commands", "Speaker", "Word", "command_word", "read_commands"]

MAX_COMMANDS: Final = 50  # lines; nobody says so much
_WIDTH: Final = 1500  # characters of a line of commands
_SHOWN: Final = 120  # characters of a faulty line
_WORD_WIDTH: Final = 40
_SHORTENED: Final = 4  # letters: "/prio", "/work"
_NEAR: Final = 0.75  # "asign", "/clsoe", "/escalation"; not "/etc", "/home", "/hold"

_BREAKS = "\n\r\v\f\x1c-\x1e\x85\u2028\u2029"  # where `str.splitlines` parts lines
# What shows nothing: mail programs put it around what they complete, and copying from a page brings it along.
_UNSEEN = "\xad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_LINE = re.compile(f"[^{_BREAKS}]*(?:\r\n|[{_BREAKS}])?")
_EMPTY_LINES = re.compile(rf"(?:[\s{_UNSEEN}]*[{_BREAKS}])?")
_UNSEEN_ONES = re.compile(f"[{_UNSEEN}]+")
_SPACES = re.compile(r"\s+")
_EMPHASIS = re.compile(r"([*_`]{1,3})(?=[/／])")  # "*/close*": bold, in the plain text that an html mail comes with
_FORM = re.compile(r"[/／]([^\W\d_][^\W_]*(?:['’_-][^\W_]+)*)(?:[.,;!]*(?= |$)|( ?[:=：](?!/)))(.*)")
_OPENINGS: Final = frozenset("/／*_`")
_ALL_WORDS = frozenset(word.value for word in Word)


@dataclass(frozen=True, slots=True)
class Commands:
    """What a mail says beside its words: `said` in its order, a command said twice once; `faults` in theirs.

    `rest` is the words of the mail below the commands, without the empty lines before them. `worded`: a customer said
    it without a slash, as his whole mail ("please close"): `rest` is then empty, and a value that the policy does not
    know is no mistake of his.
    """

    said: tuple[Command, ...] = ()
    faults: tuple[CommandFault, ...] = ()
    rest: str = ""
    worded: bool = False


def read_commands(text: str, who: Speaker) -> Commands:
    """The commands in `text`, which is `Mail.reply_text`: the new words of the mail itself. Never raises."""
    lines, rest = _top(text, who)
    if not lines:
        command = spoken(rest) if who is Speaker.CUSTOMER else None
        return Commands((command,), worded=True) if command else Commands(rest=rest)
    said: list[tuple[Command, str]] = []
    faults: list[CommandFault] = []
    for line in lines[:MAX_COMMANDS]:
        try:
            said.extend((command, line.shown) for command in _understood(line, who))
        except Unreadable as trouble:
            faults.append(CommandFault(line.shown, str(trouble), _nearest(line.word, who)))
    faults.extend(_contradictions(said))
    if len(lines) > MAX_COMMANDS:
        faults.append(
            CommandFault(lines[MAX_COMMANDS].shown, f"more than {MAX_COMMANDS} lines of commands are not read")
        )
    return Commands(tuple(dict.fromkeys(command for command, _ in said)), tuple(faults), rest)


def command_word(line: str, who: Speaker) -> Word | None:
    """The command that a line would be if it stood at the top of a mail; None where it would be none, or a misspelt
    one."""
    match = _FORM.fullmatch(_bare(line.strip()[:_WIDTH])) if line.lstrip()[:1] in _OPENINGS else None
    return _words(who).get(fold(match[1][:_WORD_WIDTH])) if match else None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of commands: as shown to its writer, its folded word, its value; `whole`: not longer than is read."""

    shown: str
    word: str
    value: str
    whole: bool


def _top(text: str, who: Speaker) -> tuple[list[_Line], str]:
    """Every line of commands, and the words below them. It stops at one too many: that mail is at fault as it is."""
    found: list[_Line] = []
    at = _past(_EMPTY_LINES, text, 0)
    while at < len(text) and len(found) <= MAX_COMMANDS:
        end = _past(_LINE, text, at)
        line = _line(text[at:end].strip(), who)
        if line is None:
            break
        found.append(line)
        at = _past(_EMPTY_LINES, text, end)
    rest = text[at:].rstrip()
    return found, rest if _UNSEEN_ONES.sub("", rest[:_WIDTH]).strip() or len(rest) > _WIDTH else ""


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _line(raw: str, who: Speaker) -> _Line | None:
    """The line as a command, known or not; None for a line of the mail's words."""
    bare = _bare(raw[:_WIDTH])
    match = _FORM.fullmatch(bare)
    if not match:
        return None
    word, glued, value = fold(match[1][:_WORD_WIDTH]), match[2], match[3].strip()
    line = _Line(one_line(bare)[:_SHOWN], word, value, len(raw) <= _WIDTH)
    if word in _words(who) or _nearest(word, who):
        return line
    if glued:
        return None  # "/tmp: no space left", "/user=2"
    return line if who is Speaker.ENGINEER or len(value.split()) <= 1 else None


def _bare(line: str) -> str:
    """A line without what only mail programs make of it: invisible marks, odd white space, the marks of bold."""
    line = _SPACES.sub(" ", _UNSEEN_ONES.sub("", unicodedata.normalize("NFC", line))).strip()
    emphasis = _EMPHASIS.match(line)
    if not emphasis:
        return line
    mark, inner = emphasis[1][::-1], line[emphasis.end() :]
    if inner.endswith(mark):
        return inner.removesuffix(mark).rstrip()
    return inner.replace(mark, "", 1) if f"{mark} " in inner else line


def _understood(line: _Line, who: Speaker) -> tuple[Command, ...]:
    word = _words(who).get(line.word)
    if word is None:
        whose = "customers" if who is Speaker.ENGINEER else "our engineers"
        known = line.word in _ALL_WORDS
        raise Unreadable(f"this one is for {whose} alone" if known else "there is no such command")
    if not line.whole:
        raise Unreadable("the line is too long: what you have to say goes below the commands")
    return tuple(Command(word, value) for value in read_value(USAGE[who][word].takes, line.value))


def _contradictions(said: list[tuple[Command, str]]) -> Iterator[CommandFault]:
    """A fault for each command that says something else than one before it."""
    first: dict[Word, Command] = {}
    people: dict[str, Word] = {}
    for command, line in said:
        word = command.word
        if word in (Word.CC, Word.UNCC):
            address = str(command.value)
            if people.setdefault(address.casefold(), word) is not word:
                yield CommandFault(line, f"it says both /cc and /uncc of {address}")
            continue
        if first.setdefault(word, command) != command:
            yield CommandFault(line, f"/{word} is said twice, and differently")
        other = next((one for one in first if one is not word and any({one, word} <= group for group in ONE_OF)), None)
        if other:
            yield CommandFault(line, f"it cannot stand beside /{other}: say one of them")


@cache
def _words(who: Speaker) -> Mapping[str, Word]:
    own = {word.value: word for word in USAGE[who]}
    return {**slash_words(), **own} if who is Speaker.CUSTOMER else own


def _nearest(word: str, who: Speaker) -> str:
    """The word that was meant, where one of his list is near enough; "" for a word that he may say."""
    words = _words(who)
    if word in words:
        return ""
    longer = [one for one in words if one.startswith(word)] if len(word) >= _SHORTENED else []
    near = longer or get_close_matches(word, words, n=1, cutoff=_NEAR)
    return words[near[0]].value if near else ""
