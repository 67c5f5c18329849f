"""Finds templates and blocks that no letter would ever use: Jinja passes them over, and the operator's words too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, TemplateNotFound, meta, nodes

from mailgate.errors import ConfigError
from mailgate.tomlfile import nearest

# What lies beside templates and means to be none: notes, what editors and package managers leave.
_ASIDE_ENDS = (".md", "~", ".bak", ".orig", ".swp")
_ASIDE_PARTS = (".dpkg-", ".rpm")


@dataclass(frozen=True, slots=True)
class _Read:
    name: str
    file: Path
    tree: nodes.Template


def misspelt(
    environment: Environment, folders: Sequence[Path], letters: Sequence[str], elsewhere: str
) -> Iterator[ConfigError]:
    """Blocks in no template that is extended, and files in the overriding `folders` that nothing leads to from the
    `letters` (names of templates that are known to compile). What begins with `elsewhere` is others' affair."""
    read = {one.name: one for one in _used(environment, letters)}
    for one in read.values():
        yield from _blocks(one, read)
    if any(None in meta.find_referenced_templates(one.tree) for one in read.values()):
        return  # a name that is computed may be any file's
    used = {one.file for one in read.values()}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            if file.is_file() and file not in used and not name.startswith(elsewhere) and not _aside(name):
                yield ConfigError(file, "", f"nothing uses this file; {nearest(name, letters)}")


def _used(environment: Environment, letters: Iterable[str]) -> Iterator[_Read]:
    """The letters and all that they extend, include or import."""
    waiting, seen = list(letters), set(letters)
    while waiting:
        name = waiting.pop()
        try:
            source, file, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        except TemplateNotFound:
            continue  # `ignore missing`: the letter was tried, and could do without
        one = _Read(name, Path(file or name), environment.parse(source, name, file))
        yield one
        asked = {other for other in meta.find_referenced_templates(one.tree) if other} - seen
        seen |= asked
        waiting += sorted(asked)


def _blocks(one: _Read, read: dict[str, _Read]) -> Iterator[ConfigError]:
    extended, known = one, set[str]()
    while (parent := _parent(extended.tree)) in read and read[parent] is not one:
        extended = read[parent]
        known |= {block.name for block in extended.tree.find_all(nodes.Block)}
    if extended is one:
        return
    for block in _outermost(one.tree):
        if block.name not in known:
            why = f'there is no block "{block.name}" in {_parent(one.tree)}; {nearest(block.name, sorted(known))}'
            yield ConfigError(one.file, "", why, block.lineno)


def _parent(tree: nodes.Template) -> str:
    """What it extends, "" where it extends nothing, or what is not known."""
    found = tree.find(nodes.Extends)
    return str(found.template.value) if found and isinstance(found.template, nodes.Const) else ""


def _outermost(node: nodes.Node) -> Iterator[nodes.Block]:
    """Blocks that stand in no other: those within one that is used are new, and are used with it."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outermost(child)


def _aside(name: str) -> bool:
    last = name.rpartition("/")[2]
    hidden = any(part.startswith(".") for part in name.split("/"))
    return hidden or last.endswith(_ASIDE_ENDS) or any(part in last for part in _ASIDE_PARTS)
