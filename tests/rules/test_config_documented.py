"""config/README.md has every key of both files, with its true default and an example that works; so do the examples."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from mailgate import settings, shipped
from mailgate.contacts_csv import COLUMNS, read_csv
from mailgate.contacts_file import ContactsFile, read_contacts
from mailgate.policy.duration import Duration
from mailgate.policy.load import load_policy, read_policy
from mailgate.policy.policy import Policy
from mailgate.policy.service import NEVER, WrittenOrNever
from mailgate.settings import SettingsFile, load_settings, read_settings
from mailgate.tomlfile import inner, keys_of

README = shipped.folder("config") / "README.md"
Row = tuple[str, str, str]


def documented(part: str) -> list[tuple[str, list[Row]]]:
    """Of the part with that word in its heading, each table: its name, and (key, default, example) of each row.

    A table may be there more than once, for uses that exclude each other.
    """
    parts = re.split(r"^# ", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (text,) = [one for one in parts if one.startswith(part)]
    tables: list[tuple[str, list[Row]]] = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        name = "" if heading == "top of the file" else heading.split("`")[1] if "`" in heading else heading
        rows = re.findall(r"^\| `([^`]+)` \| (\S[^|]*?) \| `([^|]*)` \| (?:[^|]+ )?\|$", section, flags=re.MULTILINE)
        if rows:
            tables.append((name, rows))
    return tables


def shape_of(shape: object, table: str = "", *, named: bool = False) -> Iterator[tuple[str, str, object, str]]:
    """Each key of a shape: (its table as TOML writes it, its name, the default, why it is for later).

    `named`: its `name` is that of its table or file, and no key.
    """
    _, held = inner(shape)
    assert isinstance(held, type)
    fields = {str(field.metadata.get("key", field.name)): field for field in dataclasses.fields(held)}
    for key, value in keys_of(held).items():
        kind, below = inner(value)
        path = f"{table}.{key}".lstrip(".")
        later = fields[key].metadata.get("later", "")
        if key == "confirmation" and held is Policy:
            for one, extent in Policy("x").confirmation.items():
                yield "[confirmation]", one.value, extent, ""
        elif kind == "value" and not (named and key == "name"):
            default = default_of(fields[key])
            if default is None and value == WrittenOrNever:
                default = NEVER
            yield f"[{table}]" * bool(table), key, default, later if isinstance(later, str) else ""
        elif kind == "tables":
            yield from shape_of(below, f"{path}.NAME", named=True)
        elif kind == "array":
            yield from ((f"[{name}]", one, default, why) for name, one, default, why in shape_of(below, path))
        elif kind == "table":
            yield from shape_of(below, path)


def default_of(field: dataclasses.Field[Any]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else dataclasses.MISSING


def said(default: object) -> str:
    """A default as the README writes it."""
    if default is dataclasses.MISSING or default is None:
        return "none" if default is dataclasses.MISSING else "unset"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int):
        return f"`{default}`"
    if isinstance(default, Enum):
        return f'`"{default.value}"`'
    if isinstance(default, tuple):
        return f"`[{', '.join(said(one).strip('`') for one in default)}]`"
    if default == {}:
        return "`[]`"
    assert isinstance(default, str | Duration), default
    return f'`"{default}"`'


@pytest.mark.parametrize(
    ("part", "shape"),
    [("The deployment", SettingsFile), ("A support policy", Policy), ("Accounts and contacts", ContactsFile)],
)
def test_every_key_is_documented_with_its_true_default(part: str, shape: object) -> None:
    wanted = {
        (table, key): said(default)
        for table, key, default, later in shape_of(shape, named=shape is Policy)
        if not later
    }
    # These may be left out as far as their type goes; a rule asks for them where the door needs them.
    if part == "The deployment":
        wanted |= {("[door.NAME]", key): "none" for key in ("listen", "url", "mailbox")}
    found = {((table, key), default) for table, rows in documented(part) for key, default, _ in rows}
    assert found == set(wanted.items())


def test_every_key_for_a_later_version_is_named() -> None:
    text = README.read_text(encoding="utf-8")
    later = [key for _, key, _, why in shape_of(SettingsFile) if why]
    assert [key for key in later if f"`{key}`" not in text] == []


def test_every_variable_of_the_environment_is_documented() -> None:
    text = README.read_text(encoding="utf-8")
    for variable in (settings.STORE_URL, settings.RELAY_URL, settings.CREDENTIALS, "MAILGATE_CONFIG", "JOURNAL_STREAM"):
        assert f"| `{variable}` |" in text


def assembled(part: str) -> str:
    """All examples as one file: a table that is documented once more is another one, and named so."""
    text, door, met = "", "x", set[str]()
    for table, rows in documented(part):
        if table == "[door.NAME]":
            door = f"x{text.count('[door.')}"
        elif table.startswith("[door.NAME.") and table in met:
            # The same table in another use: another door.
            door = "z"
            text += '[door.z]\nprotocol = "imap"\nurl = "imaps://z@mail.example.com"\nmailbox = "x"\n'
        met.add(table)
        name = door if table.startswith("[door.") else "de" if "translation." in table else "x"
        text += table.replace("NAME", name) + "\n" + "\n".join(f"{key} = {example}" for key, _, example in rows) + "\n"
    return text


def test_the_examples_of_the_settings_make_a_file_that_works(tmp_path: Path) -> None:
    file = tmp_path / "mailgate.toml"
    file.write_text(assembled("The deployment"))
    assert [str(fault) for fault in read_settings(file, {})[1]] == []


def test_the_examples_of_contacts_make_a_file_that_works(tmp_path: Path) -> None:
    (tmp_path / "mailgate.toml").write_text(assembled("The deployment"))
    (tmp_path / "contacts.toml").write_text(assembled("Accounts and contacts"))
    faults = read_contacts(load_settings(tmp_path / "mailgate.toml", {}))[1]
    assert [str(fault) for fault in faults] == []


def test_the_example_of_a_csv_file_works_and_shows_every_column(tmp_path: Path) -> None:
    part = README.read_text(encoding="utf-8").partition("## The columns of a CSV file")[2].partition("\n# ")[0]
    lines = [line.strip() for line in part.splitlines() if line.startswith("    ")]
    file = tmp_path / "contacts.csv"
    file.write_text("\n".join(lines))
    rows, faults = read_csv(file)
    assert [str(fault) for fault in faults] == []
    assert (tuple(lines[0].split(",")), len(rows)) == (COLUMNS, 3)


def test_the_examples_of_a_policy_make_a_file_that_works(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(assembled("A support policy"))
    assert [str(fault) for fault in read_policy(file)[1]] == []


def test_the_shipped_settings_and_policies_work() -> None:
    folder = shipped.folder("config")
    load_settings(folder / "mailgate.toml", {})
    policies = sorted((folder / "policies").glob("*.toml"))
    assert [file.stem for file in policies] == ["appviewx", "auvik", "aveksa", "beyondtrust", "default", "roxen"]
    for file in policies:
        load_policy(file)


def test_the_default_policy_shows_every_key_and_its_examples_in_comments_work(tmp_path: Path) -> None:
    text = (shipped.folder("config") / "policies" / "default.toml").read_text(encoding="utf-8")
    whole = tmp_path / "whole.toml"
    whole.write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    load_policy(whole)
    shown = tomllib.loads(whole.read_text())
    for table, key, _, _ in shape_of(Policy, named=True):
        place: Any = shown
        for step in filter(None, table.replace("NAME", "de").strip("[]").split(".")):
            place = place[step]
        assert key in (place[0] if isinstance(place, list) else place), f"{table} {key}"


@pytest.mark.parametrize("name", ["appviewx", "auvik", "aveksa", "beyondtrust", "roxen"])
def test_each_published_policy_tells_which_of_its_sentences_is_carried_by_which_key(name: str) -> None:
    text = (shipped.folder("config") / "policies" / f"{name}.toml").read_text(encoding="utf-8")
    known = {f"{table.strip('[]')}.{key}".lstrip(".") for table, key, _, _ in shape_of(Policy, named=True)}
    carried = re.findall(r"^# .* \| (.*)$", text.partition("# The document says")[2], flags=re.MULTILINE)
    named = [word for cell in carried for word in re.findall(r"(?<![\w/.`])[a-z]+(?:\.[a-z_]+)+", cell)]
    assert len(carried) > 8
    assert named
    assert [key for key in named if key not in known and not any(one.startswith(f"{key}.") for one in known)] == []
    assert "Silent, and so as by default" in text
