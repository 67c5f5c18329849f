"""Verbs that take several names at once, each by itself: `-` reads them from standard input, one a line or as a list of
ours prints them; a name that fails is told and does not keep the others from being done."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeVar

import click

from mailgate.cli import NOT_FOUND, show
from mailgate.errors import MailgateError, NotFound
from mailgate.mail.message import Address

F = TypeVar("F", bound=Callable[..., Any])

FAILED = 1

# By what the first column of a list begins that can be piped in (`lists.py`).
_HEADINGS = frozenset({"CASE", "ID", "SENDER"})
_KEYS = ("number", "id", "pattern")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[\w-]+(?:\.[\w-]+)+")


def with_names(name: str, metavar: str, *, required: bool = True) -> Callable[[F], F]:
    """One name or more, given to the verb as a tuple; "-" becomes what standard input has."""

    def read(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_names(value)))

    return click.argument(name, metavar=metavar, nargs=-1, required=required, callback=read)


def plain_address(text: str) -> Address:
    """An address as a person types it. UsageError where it is none."""
    if not _ADDRESS.fullmatch(text):
        raise click.UsageError(f'"{text}" is no address')
    return Address("", text)


def code_of(error: MailgateError) -> int:
    """The exit code of a command that ends with that error."""
    return NOT_FOUND if isinstance(error, NotFound) else FAILED


def each(names: Sequence[str], do: Callable[[str], None]) -> None:
    """Do it to each of them. One alone fails as every command does; of several the first failure's code is kept."""
    if len(names) == 1:
        do(names[0])
        return
    failed: list[int] = []
    for name in names:
        try:
            do(name)
        except MailgateError as error:
            failed.append(code_of(error))
            print(f"Error: {show.clean(str(error))}", file=sys.stderr)
    if failed:
        sys.exit(failed[0])


def _names(given: Sequence[str]) -> Iterator[str]:
    for one in given:
        if one != "-":
            yield one
            continue
        text = sys.stdin.read()
        if text.strip() in show.EMPTY:  # a list of ours that found nothing: then nothing is to be done
            click.get_current_context().exit()
        names = _of_json(text) if text.lstrip().startswith(("[", "{")) else _first_words(text.splitlines())
        if not names:
            raise click.UsageError("standard input names nothing")
        yield from names


def _of_json(text: str) -> list[str]:
    """What the rows of a list's --json are known by. An empty list ends the verb: nothing is to be done."""
    try:
        rows = json.loads(text)
        rows = rows if isinstance(rows, list) else [rows]
        names = [str(next(row[key] for key in _KEYS if key in row)) for row in rows]
    except (ValueError, TypeError, StopIteration):
        raise click.UsageError("standard input is no list of ours: a table, its --json, or a name a line") from None
    if not names:
        click.get_current_context().exit()
    return names


def _first_words(lines: Sequence[str]) -> list[str]:
    """The first word of each line; of a table of ours without its heading, and without what is said below it."""
    if lines and lines[0].partition(" ")[0] in _HEADINGS:
        lines = list(takewhile(str.strip, lines[1:]))
    return [line.split()[0] for line in lines if line.strip()]
