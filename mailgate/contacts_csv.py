"""Reads accounts and contacts from a CSV file: which columns there are, and what one row says. What it means beside
what is known already, `accounts.py` says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mailgate.tomlfile import nearest


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one account, and perhaps of one contact of it: only what is given is changed.

    `account_says` are fields of `Account`, `contact_says` of `AccountContact`. `line` of the file, from 1.
    """

    line: int
    account: str
    address: str = ""
    account_says: Mapping[str, Any] = field(default_factory=dict)
    contact_says: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row. `column` "" for the row, or the file, as a whole."""

    line: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.line}: {self.column}: {self.why}" if self.column else f"{self.line}: {self.why}"


def parse_day(text: str) -> date | None:
    """The day that a cell or an option says; None for "". ValueError, for people."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is no day; write one like 2026-12-31') from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _domains(text: str) -> tuple[str, ...]:
    return tuple(sorted(domain.casefold().removeprefix("@") for domain in _words(text)))


def _truth(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    try:
        return known[text.strip().casefold()]
    except KeyError:
        raise ValueError(f'should be yes or no, not "{text}"') from None


_OF_ACCOUNT: Mapping[str, Callable[[str], Any]] = {
    "domains": _domains,
    "contract_from": parse_day,
    "contract_until": parse_day,
    "licences": _words,
    "csm": str.strip,
    "mailboxes": _words,
}
_OF_CONTACT: Mapping[str, Callable[[str], Any]] = {
    "name": str.strip,
    "telephone": str.strip,
    "admin": _truth,
    "language": str.strip,
    "preferred": str.strip,
}

COLUMNS = ("account", *_OF_ACCOUNT, "address", *_OF_CONTACT)


def read_csv(path: Path) -> tuple[list[Row], list[Fault]]:
    """The rows of a file, and everything that is wrong with them one by one. OSError where it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Excel puts a mark before its "CSV UTF-8"
    except UnicodeDecodeError as trouble:
        line = trouble.object.count(b"\n", 0, trouble.start) + 1
        return [], [Fault(line, "", "is not UTF-8 text here; save it as “CSV UTF-8”")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        faults += [Fault(1, "", why) for why in _header(header)]
        if faults:
            return [], faults
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _read_row(reader.line_num, header, cells, rows, faults)
    except csv.Error as trouble:
        faults.append(Fault(reader.line_num, "", f"is not CSV: {trouble}"))
    return rows, faults


def _header(header: list[str]) -> list[str]:
    if len(header) == 1 and ";" in header[0]:
        return ["the columns should be separated by commas, not semicolons"]
    why = [f'there is no column "{name}"; {nearest(name, COLUMNS)}' for name in header if name not in COLUMNS]
    why += [f'the column "{name}" stands here twice' for name in dict.fromkeys(header) if header.count(name) > 1]
    if "account" not in header:
        why.append('the first row should name the columns; "account" is missing')
    return why


def _read_row(line: int, header: list[str], cells: list[str], rows: list[Row], faults: list[Fault]) -> None:
    if len(cells) > len(header):
        faults.append(Fault(line, "", f"has {len(cells)} cells, and there are {len(header)} columns"))
        return
    given = {name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()}
    says: dict[str, dict[str, Any]] = {"account": {}, "contact": {}}
    for of, readers in (("account", _OF_ACCOUNT), ("contact", _OF_CONTACT)):
        for name in readers.keys() & given.keys():
            try:
                says[of][name] = readers[name](given[name])
            except ValueError as trouble:
                faults.append(Fault(line, name, str(trouble)))
    account, address = given.get("account", "").strip(), given.get("address", "").strip()
    if not account:
        faults.append(Fault(line, "account", "is missing: each row names its account"))
    elif says["contact"] and not address:
        faults.append(Fault(line, "address", f"is missing: {', '.join(sorted(says['contact']))} of whom?"))
    else:
        rows.append(Row(line, account, address, says["account"], says["contact"]))
