"""Reads an Authentication-Results field (RFC 8601 §2.2): whose it is, and what it says. It believes nothing.

Strict: a field that is not of that form says nothing at all. Microsoft's, which name nobody or somebody in the middle,
are read only for whoever asks for theirs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MICROSOFT = "microsoft"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}\.[A-Za-z][A-Za-z0-9_-]{0,62}")
_SPACE = " \t"
# What stands for itself in a name or a value; `=` may stand in a value (header.b of many signers), unquoted.
_PLAIN = re.compile(r'[^\s()";=\\]+')
_VALUE = re.compile(r'[^\s()";\\]+')
_DEPTH_CAP = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result, both in lower case: `dkim`, `pass`. `properties` by `ptype.property` in lower case, values
    as they stand; `said` is what its comments say."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()
    said: str = ""

    def value(self, *names: str) -> str:
        """The first property of one of these names that says anything."""
        return next((value for name in names for known, value in self.properties if known == name and value), "")


@dataclass(frozen=True, slots=True)
class Results:
    """One field. `authserv_id` in lower case: whose word it is."""

    authserv_id: str
    results: tuple[Result, ...]


class NoResults(ValueError):
    """The text is no such field; why, for people."""


def read_results(value: str, *, microsoft: bool = False) -> Results:
    """The field with that unfolded value. NoResults where it is not of RFC 8601's form.

    `microsoft`: a field without an authserv-id is read, too, as one of "microsoft"; a bare name in its middle (seen in
    the wild: the tenant's domain) is passed over, a property there belongs to the result before.
    """
    segments = [list(tokens) for tokens in _segments(value)]
    if microsoft and not _names_somebody(segments[0]):
        return Results(MICROSOFT, tuple(_repaired(segments)))
    authserv_id = _authserv_id(segments[0])
    if len(segments) == 1:
        raise NoResults("no results")
    if len(segments) == 2 and [token.text.lower() for token in segments[1] if token.kind != "("] == ["none"]:
        return Results(authserv_id, ())
    # Seen in the wild: a semicolon at the end. It says nothing, so it hurts nobody.
    last = segments[1:-1] if not segments[-1] and len(segments) > 2 else segments[1:]
    return Results(authserv_id, tuple(_result(segment) for segment in last))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "(" a comment, "=" itself, "w" a word
    text: str


def _segments(value: str) -> Iterator[list[_Token]]:
    """The tokens between semicolons."""
    tokens: list[_Token] = []
    at = 0
    while at < len(value):
        sign = value[at]
        if sign in _SPACE:
            at += 1
        elif sign == ";":
            yield tokens
            tokens, at = [], at + 1
        elif sign == "(":
            at, text = _comment(value, at)
            tokens.append(_Token("(", text))
        elif sign == "=":
            tokens.append(_Token("=", "="))
            at += 1
        else:
            at, text = _word(value, at, after_equals=bool(tokens) and tokens[-1].kind == "=")
            tokens.append(_Token("w", text))
    yield tokens


def _comment(value: str, start: int) -> tuple[int, str]:
    depth, at = 0, start
    while at < len(value):
        sign = value[at]
        if sign == "\\":
            at += 1
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth > _DEPTH_CAP:
            break
        at += 1
        if depth == 0:
            return at, value[start + 1 : at - 1]
    raise NoResults("a comment that does not close")


def _word(value: str, start: int, *, after_equals: bool) -> tuple[int, str]:
    """A plain run or quoted string, or several without space between (`"a b"@example.com`)."""
    pieces: list[str] = []
    at = start
    while at < len(value) and value[at] not in _SPACE + ";()" and (after_equals or value[at] != "="):
        if value[at] == '"':
            end = at + 1
            while end < len(value) and value[end] != '"':
                end += 2 if value[end] == "\\" else 1
            if end >= len(value):
                raise NoResults("a quoted string that does not close")
            pieces.append(re.sub(r"\\(.)", r"\1", value[at + 1 : end]))
            at = end + 1
            continue
        plain = (_VALUE if after_equals else _PLAIN).match(value, at)
        if plain is None:
            raise NoResults(f"a stray {value[at]!r}")
        pieces.append(plain.group())
        at = plain.end()
    if at == start:
        raise NoResults(f"a stray {value[at]!r}")
    return at, "".join(pieces)


def _names_somebody(segment: Sequence[_Token]) -> bool:
    return bool(segment) and all(token.kind != "=" for token in segment)


def _authserv_id(segment: Sequence[_Token]) -> str:
    words = [token.text for token in segment if token.kind != "("]
    if not _names_somebody(segment) or not 1 <= len(words) <= 2:
        raise NoResults("it names nobody whose word it is")
    if len(words) == 2 and words[1] != "1":
        raise NoResults(f"version {words[1]} of the field is not known")
    return words[0].lower()


def _result(segment: Sequence[_Token], *, loose: bool = False) -> Result:
    """`method[/version] = result [reason = value] [ptype.property = value ...]`; `loose`: also without a ptype."""
    comments = "; ".join(token.text for token in segment if token.kind == "(")
    pairs = _pairs([token for token in segment if token.kind != "("])
    if not pairs:
        raise NoResults("an empty result")
    method, _, version = pairs[0][0].lower().partition("/")
    if not _NAME.fullmatch(method) or version.strip() not in ("", "1") or not _NAME.fullmatch(pairs[0][1]):
        raise NoResults(f"no method and result: {pairs[0][0]}={pairs[0][1]}"[:80])
    for name, _ in pairs[1:]:
        if name.lower() != "reason" and not (loose or _PROPERTY.fullmatch(name)):
            raise NoResults(f"no property: {name}"[:80])
    return Result(method, pairs[0][1].lower(), tuple((name.lower(), value) for name, value in pairs[1:]), comments)


def _pairs(tokens: Sequence[_Token]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    rest = list(tokens)
    while rest:
        end = next((at for at, token in enumerate(rest) if token.kind == "="), 0)
        name = _joined([token.text for token in rest[:end]])
        if not name:
            raise NoResults(f"not name=value: {rest[0].text}"[:80])
        if end + 1 < len(rest) and rest[end + 1].kind != "w":
            raise NoResults(f"{name} has no value"[:80])
        # Seen in the wild: Google's `smtp.mailfrom=` of the null sender, with nothing behind it.
        value = rest[end + 1].text if end + 1 < len(rest) else ""
        found.append((name, value))
        rest = rest[end + 2 :]
    return found


def _joined(words: Sequence[str]) -> str:
    """One name; white space may stand around its dot or slash (CFWS). "" where these are no one name."""
    for left, right in itertools.pairwise(words):
        if left[-1] not in "./" and right[0] not in "./":
            return ""
    return "".join(words)


def _repaired(segments: Sequence[Sequence[_Token]]) -> Iterator[Result]:
    """Microsoft's: bare names and empty segments are passed over, a property alone is the result before's."""
    found: list[Result] = []
    for segment in segments:
        if not segment or _names_somebody(segment):
            continue
        first = segment[0].text
        if "." in first and found:
            before = found.pop()
            more = tuple(_pairs([token for token in segment if token.kind != "("]))
            found.append(Result(before.method, before.result, (*before.properties, *more), before.said))
        else:
            found.append(_result(segment, loose=True))
    yield from found
