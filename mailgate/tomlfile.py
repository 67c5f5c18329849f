"""Reads one TOML file into a frozen dataclass, and says of each fault its file, line, key and remedy.

The dataclass is the list of the file's keys: its field names, or the `key` of a field's metadata. A table of tables
(`[door.NAME]`) gives each value the `name` that the table has. `later` in a field's metadata says of the key, or of
single values of it, why it is agreed upon but not in this version. What values mean together is not known here.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mailgate.errors import ConfigError
from mailgate.rights import hindrance

T = TypeVar("T")

# A step into a file: a key, or the place of a table in an array of tables (counted from 0).
Step = str | int

# pydantic speaks of Python and JSON; the reader of an error has a TOML file before him.
_WORDS = (
    ("Input should be", "should be"),
    ("a valid integer", "a whole number"),
    ("a valid boolean", "true or false"),
    ("a valid tuple", "an array"),
    ("a valid array", "an array"),
    ("an object", "a table"),
    ("a valid ", "a "),
    ("input is not a path", "a path"),
    ("'", '"'),
)


@dataclass(frozen=True)
class Reading(Generic[T]):
    """One file as it was read. `value` is None exactly where `faults` (in the order of the file) is not empty.

    `error` is the class that faults of this sort of file have; `data` the tables as TOML gives them.
    """

    path: Path
    error: type[ConfigError]
    text: str
    data: Mapping[str, Any]
    value: T | None
    faults: tuple[ConfigError, ...]

    def fault(self, steps: Sequence[Step], why: str) -> ConfigError:
        """A fault of this file at that key, for rules that look at several keys together."""
        return self.error(self.path, dotted(steps), why, line_of(self.text, steps))


def read_toml(path: Path, shape: type[T], error: type[ConfigError], /, **given: object) -> Reading[T]:
    """Reads a file into `shape`. Never raises for what is in the file: that is in the result's `faults`.

    `given` are fields of the shape that come from elsewhere, and that the file therefore may not have as keys.
    A file that cannot be read at all is a fault too.
    """
    nothing: Mapping[str, Any] = {}
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows' editors put a mark before it
        data = tomllib.loads(text)
    except OSError as trouble:
        return Reading(path, error, "", nothing, None, (error(path, "", _cannot_read(path, trouble)),))
    except UnicodeDecodeError as trouble:
        line = trouble.object.count(b"\n", 0, trouble.start) + 1
        return Reading(path, error, "", nothing, None, (error(path, "", "is not UTF-8 text here", line),))
    except tomllib.TOMLDecodeError as trouble:
        return Reading(path, error, text, nothing, None, (_not_toml(path, error, text, trouble),))
    unknown = list(_unknown(shape, data, (), frozenset(given)))
    reading = Reading[T](path, error, text, data, None, ())
    faults = [reading.fault(steps, why) for steps, why in unknown]
    try:
        value = TypeAdapter(shape).validate_json(
            # Strict and by way of JSON: "3" is no number and 1 is no truth, but a list is a tuple and a text a Path.
            json.dumps(_named(shape, data) | given, default=str),
            strict=True,
            extra="ignore" if unknown else "forbid",
        )
    except ValidationError as trouble:
        faults += [reading.fault(_keyed(shape, steps), why) for steps, why in map(_said, trouble.errors())]
        value = None
    if faults:
        faults.sort(key=lambda fault: fault.line or 0)
        return dataclasses.replace(reading, faults=tuple(faults))
    return dataclasses.replace(reading, value=value)


def dotted(steps: Sequence[Step]) -> str:
    """`("engineer", 1, "address")` as people write it: `engineer[2].address`, tables of an array counted from 1."""
    written = ""
    for step in steps:
        if isinstance(step, int):
            written += f"[{step + 1}]"
        elif re.fullmatch(r"[\w-]+", step):
            written += f".{step}"
        else:
            written += f".{json.dumps(step, ensure_ascii=False)}"
    return written.removeprefix(".")


def line_of(text: str, steps: Sequence[Step]) -> int | None:
    """The line (from 1) on which a key begins; of a key that is not there, that of the table it is missing in.

    tomllib keeps no places. But a key stands where the shortest beginning of the file that parses and has it, begins
    to differ from the longest that parses and has it not: so a value over many lines is found at its first.
    """
    for length in range(len(steps), 0, -1):
        wanted, line, without = steps[:length], 0, 0
        for line, prefix in _beginnings(text):
            try:
                found = _has(tomllib.loads(prefix), wanted)
            except tomllib.TOMLDecodeError:
                continue
            if found:
                return without + 1
            without = line
    return None


def nearest(word: str, words: Sequence[str]) -> str:
    """What was probably meant, or else all that could be: the end of a sentence about an unknown word."""
    close = difflib.get_close_matches(word.lower(), words, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return "known here: " + ", ".join(words) if words else "none are known here"


def keys_of(shape: object) -> dict[str, object]:
    """The keys that a table of this shape may have, with the shape of each one's value."""
    if not (isinstance(shape, type) and dataclasses.is_dataclass(shape)):
        return {}
    hints = get_type_hints(shape, include_extras=True)  # a type with a reading of its own is a value, not its parts
    return {str(field.metadata.get("key", field.name)): hints[field.name] for field in dataclasses.fields(shape)}


def inner(shape: object) -> tuple[str, object]:
    """What a shape holds: ("table", dataclass), ("tables", dataclass by name), ("array", dataclass), ("value", ...)."""
    if get_origin(shape) in (Union, types.UnionType):
        shape = next((part for part in get_args(shape) if part is not type(None)), shape)
    if keys_of(shape):
        return "table", shape
    origin, parts = get_origin(shape), get_args(shape)
    if origin is tuple and keys_of(parts[0]):
        return "array", parts[0]
    if origin is Mapping and keys_of(parts[1]):
        return "tables", parts[1]
    return "value", shape


def _unknown(
    shape: object, data: object, steps: tuple[Step, ...], given: frozenset[str]
) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Keys that the shape does not have, each with what was probably meant."""
    kind, held = inner(shape)
    if kind == "tables" and isinstance(data, dict):
        for name, table in data.items():
            yield from _unknown(held, table, (*steps, name), frozenset({"name"}))
    elif kind == "array" and isinstance(data, list):
        for place, table in enumerate(data):
            yield from _unknown(held, table, (*steps, place), frozenset())
    elif kind == "table" and isinstance(data, dict):
        keys = {key: value for key, value in keys_of(held).items() if key not in given}
        later = _later(held)
        for key, value in data.items():
            if isinstance(later.get(key), str):
                yield (*steps, key), f"not in this version: {later[key]}"
            elif key in later and isinstance(value, str) and value in later[key]:
                yield (*steps, key), f'"{value}" is not in this version; {later[key][value]}'
            elif key in keys:
                yield from _unknown(keys[key], value, (*steps, key), frozenset())
            else:
                yield (*steps, key), f"unknown key; {nearest(key, sorted(_now(keys, later)))}"


def _later(shape: object) -> dict[str, Any]:
    """Keys that this version does nothing with, and why, or values of them: silence would be a wrong guess."""
    if not (isinstance(shape, type) and dataclasses.is_dataclass(shape)):
        return {}
    return {field.name: field.metadata["later"] for field in dataclasses.fields(shape) if "later" in field.metadata}


def _now(keys: Mapping[str, object], later: Mapping[str, object]) -> set[str]:
    """The keys that mean something in this version."""
    return {key for key in keys if not isinstance(later.get(key), str)}


def _named(shape: object, data: Any) -> Any:
    """The data under the names of the dataclass's fields, each table of a table of tables with its name."""
    kind, held = inner(shape)
    if kind == "tables" and isinstance(data, dict):
        return {
            name: _named(held, table) | ({"name": name} if "name" in keys_of(held) else {})
            if isinstance(table, dict)
            else table
            for name, table in data.items()
        }
    if kind == "array" and isinstance(data, list):
        return [_named(held, table) for table in data]
    if kind != "table" or not isinstance(data, dict) or not isinstance(held, type):
        return data
    fields = {str(field.metadata.get("key", field.name)): field.name for field in dataclasses.fields(held)}
    keys, later = keys_of(held), _later(held)
    return {fields[key]: _named(keys[key], value) for key, value in data.items() if key in _now(keys, later)}


def _keyed(shape: object, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The way to a value as the file has it, from the one by the fields of the dataclass."""
    if not steps:
        return ()
    kind, held = inner(shape)
    if kind in ("tables", "array"):
        return steps[0], *_keyed(held, steps[1:])
    if kind != "table" or not isinstance(held, type):
        return tuple(steps)
    keys = {field.name: str(field.metadata.get("key", field.name)) for field in dataclasses.fields(held)}
    key = keys.get(str(steps[0]), str(steps[0]))
    return key, *_keyed(keys_of(held).get(key), steps[1:])


def _said(error: Any) -> tuple[tuple[Step, ...], str]:
    """One of pydantic's findings in our words."""
    steps: tuple[Step, ...] = tuple(error["loc"])
    if steps[-1:] == ("[key]",):
        steps = steps[:-1]
        known = re.findall(r"'([^']*)'", str(error["msg"]))
        return steps, f"unknown key; {nearest(str(steps[-1]), known)}"
    if error["type"] == "missing":
        return steps, "is missing"
    if error["type"] == "value_error":
        return steps, str(error["ctx"]["error"])  # ours already: the sentence of a type with a reading of its own
    wanted = str(error["msg"])
    for theirs, ours in _WORDS:
        wanted = wanted.replace(theirs, ours)
    given = error["input"]
    if isinstance(given, str):
        close = difflib.get_close_matches(given.lower(), re.findall(r'"([^"]*)"', wanted), n=1)
        meant = f'; did you mean "{close[0]}"?' if close else ""
        return steps, f'{wanted}, not "{given}"{meant}'
    return steps, f"{wanted}, not {json.dumps(given, default=str)}" if _is_plain(given) else wanted


def _is_plain(value: object) -> bool:
    return isinstance(value, (bool, int, float))


def _beginnings(text: str) -> Iterator[tuple[int, str]]:
    """(number of lines, the text so far), growing line by line."""
    end = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        end += len(line)
        yield number, text[:end]


def _has(data: Any, steps: Sequence[Step]) -> bool:
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _cannot_read(path: Path, trouble: OSError) -> str:
    if isinstance(trouble, FileNotFoundError):
        return "there is no such file"
    if isinstance(trouble, PermissionError) and (why := hindrance(path)):
        return why.removeprefix(f"{path} ")
    return f"cannot be read: {trouble.strerror or trouble}"


def _not_toml(path: Path, error: type[ConfigError], text: str, trouble: tomllib.TOMLDecodeError) -> ConfigError:
    why = str(trouble)
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", why)
    if place is None:
        return error(path, "", f"is not TOML: {why}")
    line = int(place[1]) if place[1] else text.count("\n") + 1
    return error(path, "", f"is not TOML: {why[: place.start()]}", line)
