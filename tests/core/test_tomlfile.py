"""A TOML file becomes a frozen value, or a list of faults that a person can mend without looking at our code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from mailgate.errors import SettingsError
from mailgate.tomlfile import Reading, dotted, line_of, nearest, read_toml


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Wheel:
    name: str
    spokes: int = 32
    tags: tuple[str, ...] = ()
    file: Path | None = None
    kind: Literal["front", "rear", "third"] = field(default="front", metadata={"later": {"third": "only two turn"}})
    motor: str = field(default="", metadata={"later": "it needs a battery"})


@dataclass(frozen=True, slots=True)
class Bell:
    sound: str = "ring"


@dataclass(frozen=True, slots=True)
class Bicycle:
    path: Path
    wheels: Mapping[str, Wheel] = field(default_factory=dict, metadata={"key": "wheel"})
    bells: tuple[Bell, ...] = field(default=(), metadata={"key": "bell"})
    paint: Mapping[Colour, Colour] = field(default_factory=dict)
    lamp: bool = False


def read(tmp_path: Path, text: str | bytes) -> Reading[Bicycle]:
    file = tmp_path / "bicycle.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_toml(file, Bicycle, SettingsError, path=file)


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    reading = read(tmp_path, text)
    assert reading.value is None
    assert all(isinstance(fault, SettingsError) for fault in reading.faults)
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in reading.faults]


def test_a_file_becomes_the_value_with_names_from_its_tables(tmp_path: Path) -> None:
    text = 'lamp = true\n[wheel.left]\nspokes = 36\ntags = ["a"]\nfile = "x.txt"\n[[bell]]\n[[bell]]\nsound = "ding"\n'
    assert read(tmp_path, text).value == Bicycle(
        path=tmp_path / "bicycle.toml",
        wheels={"left": Wheel("left", 36, ("a",), Path("x.txt"))},
        bells=(Bell(), Bell("ding")),
        lamp=True,
    )


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "").value == Bicycle(path=tmp_path / "bicycle.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[wheel.left]\nspoke = 3\n", 'bicycle.toml:2: wheel.left.spoke: unknown key; did you mean "spokes"?'),
        ("\n[wheels.left]\n", 'bicycle.toml:2: wheels: unknown key; did you mean "wheel"?'),
        ("zzz = 1\n", "bicycle.toml:1: zzz: unknown key; known here: bell, lamp, paint, wheel"),
        ("wheels = 1\n", 'bicycle.toml:1: wheels: unknown key; did you mean "wheel"?'),
        ('path = "/x"\n', 'bicycle.toml:1: path: unknown key; did you mean "paint"?'),
        ('[wheel.left]\nname = "x"\n', "bicycle.toml:2: wheel.left.name: unknown key; known here: file, kind"),
        ('[wheel.left]\nspokes = "3"\n', 'bicycle.toml:2: wheel.left.spokes: should be a whole number, not "3"'),
        ("[wheel.left]\nspokes = 3.5\n", "bicycle.toml:2: wheel.left.spokes: should be a whole number, not 3.5"),
        ("[wheel.left]\nspokes = true\n", "bicycle.toml:2: wheel.left.spokes: should be a whole number, not true"),
        ("lamp = 1\n", "bicycle.toml:1: lamp: should be true or false, not 1"),
        ('lamp = "yes"\n', 'bicycle.toml:1: lamp: should be true or false, not "yes"'),
        ('[wheel.left]\ntags = "a"\n', 'bicycle.toml:2: wheel.left.tags: should be an array, not "a"'),
        ('[wheel.left]\n# why\ntags = [\n"a",\n 1]\n', "bicycle.toml:3: wheel.left.tags[2]: should be a string, not 1"),
        (
            '[wheel.left]\nkind = "raer"\n',
            'bicycle.toml:2: wheel.left.kind: should be "front", "rear" or "third", not "raer"; did you mean "rear"?',
        ),
        (
            '[wheel.left]\nkind = "third"\n',
            'bicycle.toml:2: wheel.left.kind: "third" is not in this version; only two turn',
        ),
        ("wheel = 3\n", "bicycle.toml:1: wheel: should be a table, not 3"),
        ("[wheel]\nleft = 3\n", "bicycle.toml:2: wheel.left: should be a table, not 3"),
        ("bell = [1]\n", "bicycle.toml:1: bell[1]: should be a table, not 1"),
        ("[[bell]]\n[[bell]]\nsund = 1\n", 'bicycle.toml:3: bell[2].sund: unknown key; did you mean "sound"?'),
        ('[paint]\nred = "green"\nblue = "red"\n', "bicycle.toml:3: paint.blue: unknown key; known here: red, green"),
        ("[wheel.left]\nmotor = 1\n", "bicycle.toml:2: wheel.left.motor: not in this version: it needs a battery"),
        ('[wheel."a b"]\nx = 1\n', 'bicycle.toml:2: wheel."a b".x: unknown key; known here: file, kind'),
        ("lamp =\n", "bicycle.toml:1: is not TOML: Invalid value"),
        ("lamp = true\nlamp = true\n", "bicycle.toml:2: is not TOML: Cannot overwrite a value"),
        ('a = """\n\n', "bicycle.toml:3: is not TOML"),
        (b"lamp = true\n# \xff\n", "bicycle.toml:2: is not UTF-8"),
    ],
)
def test_a_fault_names_file_line_key_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(said)


def test_all_faults_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    told = faults(tmp_path, 'lamp = 1\n[wheel.left]\nspoke = 3\nkind = "x"\n[oops]\n')
    assert [line.split(":")[1:3] for line in told] == [
        ["1", " lamp"],
        ["3", " wheel.left.spoke"],
        ["4", " wheel.left.kind"],
        ["5", " oops"],
    ]


def test_a_missing_key_is_told_at_its_table(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text("[wheel.left]\nkind = 'rear'\n")
    reading = read_toml(file, NeedsSpokes, SettingsError)
    assert [str(fault) for fault in reading.faults] == [f"{file}:1: wheel.left.spokes: is missing"]


@dataclass(frozen=True, slots=True)
class Spoked:
    name: str
    spokes: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NeedsSpokes:
    wheel: Mapping[str, Spoked]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    reading = read_toml(tmp_path / "none.toml", Bicycle, SettingsError, path=tmp_path)
    assert [str(fault) for fault in reading.faults] == [f"{tmp_path}/none.toml: there is no such file"]
    reading = read_toml(tmp_path, Bicycle, SettingsError, path=tmp_path)
    assert [fault.why for fault in reading.faults] == ["cannot be read: Is a directory"]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text("\ufeff[wheel.left]\nspokes = 3\nspoke = 3\n", encoding="utf-8")
    reading = read_toml(file, NeedsSpokes, SettingsError)
    assert [fault.line for fault in reading.faults] == [3]
    file.write_text("\ufeff[wheel.left]\nspokes = 3\n", encoding="utf-8")
    assert read_toml(file, NeedsSpokes, SettingsError).value is not None


def test_keys_are_written_as_people_write_them() -> None:
    assert dotted(("engineer", 1, "address")) == "engineer[2].address"
    assert dotted(("door", "my door", "listen")) == 'door."my door".listen'
    assert dotted(()) == ""


def test_a_line_is_found_in_every_way_that_toml_has_to_write_a_key() -> None:
    text = 'a.b = 1\n"c d" = 2\n[e]\nf = """\ng = 1\n"""\nh = [\n 1,\n]\n[[i]]\n[[i]]\nj = { k = 1 }\n# x = 1\n'
    wanted: list[tuple[tuple[str | int, ...], int | None]] = [
        (("a", "b"), 1),
        (("c d",), 2),
        (("e",), 3),
        (("e", "f"), 4),
        (("e", "h"), 7),
        (("i", 0), 10),
        (("i", 1), 11),
        (("i", 1, "j", "k"), 12),
        (("x",), None),
        (("e", "g"), 3),
    ]
    assert [(steps, line_of(text, steps)) for steps, _ in wanted] == wanted


def test_the_nearest_word_is_offered_or_else_all() -> None:
    assert nearest("prot", ["listen", "port"]) == 'did you mean "port"?'
    assert nearest("PORT", ["listen", "port"]) == 'did you mean "port"?'
    assert nearest("q", ["listen", "port"]) == "known here: listen, port"
    assert nearest("q", []) == "none are known here"
