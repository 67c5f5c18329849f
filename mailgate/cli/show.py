"""How things are printed: JSON for machines, tables for people. Strangers' words cannot steer the terminal."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# What `--color` of the running command says is kept by click under this name.
COLOR = "mailgate.color"

# Message-IDs of 100 characters are seen, and longer ones are no use to the eye; --json has all of it.
WIDEST_CELL = 160

# What the lists say that can be piped into a verb, where they have no row (`lists.py`, `several.py`).
NO_CASES, NO_SUCH_CASES = "There are no cases yet.", "There are no such cases."
NO_MAIL, NO_SUCH_MAIL = "No mail has come in yet.", "There are no such mails."
NO_LETTERS, NO_SUCH_LETTERS = "No letter was written yet.", "There are no such letters."
NO_BLOCKS, NO_SUCH_BLOCKS = "Nobody is blocked.", "There are no such senders."
EMPTY = {
    NO_CASES, NO_SUCH_CASES, NO_MAIL, NO_SUCH_MAIL, NO_LETTERS, NO_SUCH_LETTERS, NO_BLOCKS, NO_SUCH_BLOCKS
}  # fmt: skip

_STYLES = {
    "new": "bold",
    "held": "yellow",
    "queued": "yellow",
    "waiting": "yellow",
    "shelved": "red",
    "failed": "red",
    "error": "red",
    "warning": "yellow",
}


def as_json(value: object, *, line: bool = False) -> None:
    """One JSON value; `line`: on one line. ASCII, so that no terminal, encoding or line reader stumbles over it."""
    print(json.dumps(value, indent=None if line else 2, ensure_ascii=True))


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], nothing: str) -> None:
    """Rows under headings: `columns` maps each key to its heading. `nothing` is said where there are none.

    A row is one line, however narrow the terminal is: it stays whole for grep, for eyes, and for the mouse. But a cell
    ends somewhere: one stranger's subject of 16,000 characters would put that many spaces into every row.
    """
    from rich.text import Text  # noqa: PLC0415 - only tables need it, and it is slow to import

    cells = [[_clipped(_cell(key, row[key])) for key in columns] for row in rows]
    if not cells:
        print(nothing)
        return
    cells.insert(0, [Text(heading, style="bold") for heading in columns.values()])
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    console = _console()
    for line in cells:
        padded = [cell + Text(" " * (width - cell.cell_len + 2)) for cell, width in zip(line, widths, strict=True)]
        padded[-1] = line[-1]
        console.print(Text.assemble(*padded), soft_wrap=True)


def card(value: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    """One thing, a line for each of its keys that has something to say."""
    from rich.text import Text  # noqa: PLC0415 - see table

    console = _console()
    said = [(heading, _cell(key, value[key])) for key, heading in columns.items() if value[key] not in (None, "", [])]
    width = max((len(heading) for heading, _ in said), default=0)
    for heading, cell in said:
        console.print(Text(f"{heading + ':':<{width + 2}}", style="dim") + cell, soft_wrap=True)


def say(*parts: str | Text) -> None:
    """One line. Words of one piece need no rich."""
    if all(isinstance(part, str) for part in parts):
        print(*(clean(str(part)) for part in parts), sep="")
        return
    from rich.text import Text  # noqa: PLC0415 - see table

    _console().print(
        Text.assemble(*(part if isinstance(part, Text) else clean(part) for part in parts)), soft_wrap=True
    )


def words(text: str, indent: str = "  ") -> None:
    """Somebody's words of many lines, indented."""
    for line in text.splitlines():
        say(f"{indent}{line.rstrip()}".rstrip())


def clean(text: str) -> str:
    """What would steer a terminal, or cannot be printed, as an escape; every other blank as the common one."""
    return text if text.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in text)


def moment(iso: str | None) -> str:
    """A moment of the JSON, for people: UTC to the second."""
    return iso.replace("T", " ")[:19] if iso else ""


def _escaped(one: str) -> str:
    return " " if unicodedata.category(one) == "Zs" else one.encode("unicode_escape").decode("ascii")


def _cell(key: str, value: object) -> Text:
    from rich.text import Text  # noqa: PLC0415 - see table

    if value is None:
        return Text("")
    if isinstance(value, str) and (key == "at" or key.endswith("_at")):
        return Text(moment(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Text(clean(", ".join(map(str, value))))
    return Text(clean(str(value)), style=_STYLES.get(str(value), "") if key in ("state", "status") else "")


def _clipped(cell: Text) -> Text:
    cell.truncate(WIDEST_CELL, overflow="ellipsis")
    return cell


def _console() -> Console:
    """Colour where there is a terminal that wants it (NO_COLOR, TERM), unless `--color` says otherwise."""
    from rich.console import Console  # noqa: PLC0415 - see table

    plain: dict[str, Any] = {"highlight": False, "emoji": False, "markup": False}
    context = click.get_current_context(silent=True)
    match context.meta.get(COLOR) if context else None:
        case "always":
            return Console(**plain, force_terminal=True, no_color=False, color_system="standard")
        case "never":
            return Console(**plain, color_system=None)
    return Console(**plain)
