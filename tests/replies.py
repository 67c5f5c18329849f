"""Replies as mail programs write them, of the samples in `fixtures/replies/`; its formats: `fixtures/README.md`."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent.parent / "fixtures" / "replies"
WHO: Final = "Ann Example <ann@example.com>"


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail's plain text and html ("" where it has none), and the writer's own words in it."""

    name: str
    text: str
    html: str
    own: str


@dataclass(frozen=True, slots=True)
class Language:
    """One of `languages.toml`."""

    own: str
    closing: str
    old: str
    date: str
    original: str
    labels: list[str]
    intros: list[str]
    added: list[str]
    footers: list[str]

    @property
    def said(self) -> str:
        """All that the writer wrote."""
        return f"{self.own}\n\n{self.closing}"


def languages() -> dict[str, Language]:
    """By their codes."""
    read = tomllib.loads((HERE / "languages.toml").read_text(encoding="utf_8"))
    return {code: Language(**one) for code, one in read.items()}


def sections(name: str) -> Iterator[tuple[str, str]]:
    """The titles and contents of a file of samples."""
    for block in re.split(r"(?m)^=== ", (HERE / name).read_text(encoding="utf_8"))[1:]:
        title, _, content = block.partition("\n")
        yield title, content.strip("\n")


def marked_lines(content: str) -> tuple[str, list[str], list[str]]:
    """The text of a section whose lines are marked with "+" or "-", its own lines, and those that are to go."""
    lines = content.split("\n")
    text = "\n".join(line[2:] for line in lines)
    own, gone = ([line[2:].strip() for line in lines if line[:1] == mark and line[2:].strip()] for mark in "+-")
    return text, own, gone


def quoted(text: str, mark: str = "> ") -> str:
    """`text` as a plain text quotes it."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def wrapped(line: str, width: int) -> str:
    """`line` broken as programs break it."""
    return "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False))


def with_intros(one: Language) -> Iterator[Sample]:
    """Every intro of a language above quoted words that are marked, nested, indented, or not marked at all."""
    own, old = one.said, one.old
    first, _, second = one.own.partition("\n\n")
    for intro in one.intros:
        twice, within = f"{old}\n\n{intro}\n{quoted(old)}", f"{intro}\n\n{old}"
        forms = {
            "quoted": f"{own}\n\n{intro}\n\n{quoted(old)}\n",
            "tight": f"{own}\n{intro}\n{quoted(old)}",
            "nested": f"{own}\n\n{intro}\n{quoted(twice)}",
            "within": f"{own}\n\n{quoted(within)}\n",
            "below": f"{intro}\n{quoted(old)}\n\n{own}\n",
            "signed": f"{intro}\n\n{quoted(old)}\n\n{own}\n\n-- \nBob Example\nExample Ltd, +49 555 0100\n",
            **{f"broken at {width}": f"{own}\n\n{wrapped(intro, width)}\n\n{quoted(old)}\n" for width in (66, 40)},
        }
        if any(map(str.isdigit, intro)):
            forms["unmarked"] = f"{own}\n\n{intro}\n\n{old}\n\n{one.closing}\n"
            forms["indented"] = f"{own}\n\n{intro}\n\n{quoted(old, '    ')}\n"
            forms["broken, unmarked"] = f"{own}\n\n{wrapped(intro, 40)}\n\n{old}\n"
            forms["indented, below"] = f"{intro}\n\n{quoted(old, '    ')}\n\n{own}\n"
        for form, text in forms.items():
            yield Sample(f"{form}: {intro}", text, "", own)
        yield Sample(
            f"between: {intro}", f"{intro}\n{quoted(old)}\n\n{first}\n\n{quoted(old)}\n\n{second}\n", "", one.own
        )


def heads(one: Language) -> dict[str, str]:
    """The head of a quoted mail in the forms that Outlook and others give it."""
    sender, sent, to, cc, subject = one.labels
    space = " " if to == "À" else ""
    rows = [
        *((sender, WHO), (sent, one.date), (to, "Bob Example <bob@example.org>")),
        *((cc, "carl@example.org; Dora Doe <dora@example.org>"), (subject, "Re: Printer")),
    ]
    short = [rows[0], rows[1], rows[2], rows[4]]
    many = "Bob Example <bob@example.org>; Carl Very Long Name\n<carl@example.org>;\n Eve <eve@example.org>"

    def block(picked: list[tuple[str, str]], form: str = "{0}{2}: {1}", between: str = "\n") -> str:
        return between.join(form.format(label, value, space) for label, value in picked)

    return {
        "full": block(rows),
        "without cc": block(short),
        "without subject": block(rows[:3]),
        "without to": block([rows[0], rows[1], rows[4]]),
        "bold": block(rows, "*{0}{2}:* {1}"),
        "bold label": block(rows, "*{0}*{2}: {1}"),
        "bolder": block(rows, "**{0}{2}:** {1}"),
        "empty lines": block(rows, between="\n\n"),
        "two lines": block(rows, "{0}{2}:\n{1}"),
        "tabs": block(rows, "{0}{2}:\t{1}"),
        "mailto": block([(sender, "Ann Example [mailto:ann@example.com]"), *rows[1:]]),
        "names": block([(sender, "Ann Example"), (sent, one.date), (to, "Bob Example"), (subject, "Re: Printer")]),
        "date first": block([rows[1], rows[0], rows[2], rows[4]]),
        "to before date": block([rows[0], rows[2], rows[1], rows[4]]),
        "subject first": block([rows[4], rows[0], rows[1], rows[2]]),
        "many": block([rows[0], rows[1], (to, many), rows[4]]),
        "broken from": block([(sender, WHO.replace(" <", "\n<")), *rows[1:]]),
        "broken subject": block(
            [*rows[:4], (subject, "Re: A very long subject about the printer on\nthe third floor")]
        ),
    }


def with_heads(one: Language) -> Iterator[Sample]:
    """Every form of head below no rule, a rule, or a mark; and the mark alone."""
    own, mark = one.said, one.original
    for form, head in heads(one).items():
        for above in ("", f"{'_' * 32}\n", f"-----{mark}-----\n", f"{'-' * 30}\n\n", f"-------- {mark} --------\n\n"):
            text = f"{own}\n\n{above}{head}\n\n{one.old}\n\n{one.closing}\n"
            yield Sample(f"{form} below {above.strip()}", text, "", own)
        whole = f"-----{mark}-----\n{head}\n\n{one.old}"
        yield Sample(f"{form} quoted", f"{own}\n\n{quoted(whole)}\n", "", own)
        yield Sample(f"{form} above", f"{head}\n\n{quoted(one.old)}\n\n{own}\n", "", own)
    yield Sample("mark alone", f"{own}\n\n-----{mark}-----\n\n{one.old}\n", "", own)
    yield Sample("mark above quoted lines", f"{own}\n\n-------- {mark} --------\n{quoted(one.old)}\n", "", own)


def with_endings(one: Language) -> Iterator[Sample]:
    """What programs and companies add, alone and before, between or below what is quoted."""
    own, quote, head = one.said, f"{one.intros[0]}\n\n{quoted(one.old)}\n", heads(one)["without cc"]
    for line in one.added:
        yield Sample(line, f"{own}\n\n{line}\n", "", own)
        yield Sample(f"{line} (tight)", f"{own}\n{line}\n", "", own)
        yield Sample(f"{line} (quote)", f"{own}\n\n{line}\n\n{quote}", "", own)
        yield Sample(f"{line} (head)", f"{own}\n\n{line}\n{'_' * 32}\n{head}\n\n{one.old}\n", "", own)
        yield Sample(f"{line} (below)", f"{own}\n\n{quote}\n{line}\n", "", own)
        yield Sample(f"{line} (alone)", f"{line}\n\n{quote}", "", "")
    for line in one.footers:
        for footer in (line, wrapped(line, 60)):
            yield Sample(footer, f"{own}\n\n{footer}\n", "", own)
            yield Sample(f"{footer} (rule)", f"{own}\n\n{'_' * 40}\n{footer}\n", "", own)
            yield Sample(f"{footer} (stars)", f"{own}\n\n{'*' * 60}\n{footer}\n{'*' * 60}\n", "", own)
            yield Sample(f"{footer} (below)", f"{own}\n\n{quote}\n{footer}\n", "", own)
            yield Sample(f"{footer} (head)", f"{own}\n\n{footer}\n\n{head}\n\n{one.old}\n", "", own)


def with_marks(one: Language) -> Iterator[Sample]:
    """The html of every program in `html.txt`, alone."""
    first, _, second = one.own.partition("\n\n")
    rows = (line.partition(":") for line in heads(one)["without cc"].split("\n"))
    parts = {
        "own": _divs(one.said),
        "first": _divs(first),
        "second": _divs(second),
        "old": _divs(one.old),
        "marked": _divs(quoted(one.old)),
        "intro": escape(one.intros[0]),
        "labels": "<br>".join(f"<b>{escape(label)}:</b>{escape(value)}" for label, _, value in rows),
        "original": escape(one.original),
        "added": escape(one.added[0]),
    }
    for name, template in sections("html.txt"):
        own = one.said if "{own}" in template else one.own
        yield Sample(name, "", template.format(**parts), own)


def _divs(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))
