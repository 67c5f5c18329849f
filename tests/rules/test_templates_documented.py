"""`templates/README.md` explains every letter and every variable, and the shipped templates use nothing else."""

from __future__ import annotations

import re

import pytest
from jinja2 import Environment, meta

from letters import SHIPPED
from mailgate.cases.letter_kinds import CASELESS_LETTERS, INTERNAL_LETTERS, OPERATOR_LETTERS, LetterKind
from mailgate.outbox.render import NoticeValues, Renderer
from mailgate.outbox.samples import OF_ONE_LETTER, trials

README = (SHIPPED / "README.md").read_text(encoding="utf-8")
LANGUAGES = sorted(path.name for path in (SHIPPED / "letters").iterdir())
TO_CUSTOMERS = frozenset(LetterKind) - INTERNAL_LETTERS - OPERATOR_LETTERS
WRITTEN = [
    (language, kind) for language in LANGUAGES for kind in LetterKind if language == "en" or kind in TO_CUSTOMERS
]
FAMILIES = {
    "operator's": OPERATOR_LETTERS - {LetterKind.SIGN_IN},
    "sign-in's": frozenset({LetterKind.SIGN_IN}),
    "no case's": CASELESS_LETTERS,
    "desk's": INTERNAL_LETTERS,
    "customer's": frozenset(LetterKind) - OPERATOR_LETTERS - CASELESS_LETTERS - INTERNAL_LETTERS,
}
BLOCKS = {
    "operator's": {"opening", "details"},
    "sign-in's": {"opening", "details"},
    "no case's": {"opening", "urgent", "signature"},
    "desk's": {"what", "opening", "details", "next", "page", "signature"},
    "customer's": {"opening", "urgent", "page", "details", "reference", "signature"},
}


def rows(heading: str) -> set[str]:
    """First cells of the table whose header begins so."""
    table = README.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def rows_of_one_letter() -> dict[str, set[str]]:
    """The table of what one letter alone has: its kind, and the names explained beside it."""
    table = README.partition("| one letter's |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
    return {kind: set(re.findall(r"`(\w+)`: ", names)) for kind, names in explained}


def family_of(kind: LetterKind) -> str:
    return next(name for name, kinds in FAMILIES.items() if kind in kinds)


@pytest.mark.parametrize("kind", LetterKind)
def test_every_variable_of_every_letter_is_explained_and_nothing_else_is(kind: LetterKind) -> None:
    explained = rows(f"{family_of(kind)} variable") | rows_of_one_letter().get(kind, set())
    assert explained == set(trials(kind)[0])


def test_every_variable_that_one_letter_alone_has_is_explained_there() -> None:
    assert rows_of_one_letter() == {kind.value: set(values) for kind, values in OF_ONE_LETTER.items()}


def test_every_variable_of_the_operators_letters_is_explained() -> None:
    assert rows("operator's variable") == {"language", *NoticeValues.__annotations__}


def test_every_letter_is_explained() -> None:
    assert rows("letter") == {kind.value for kind in LetterKind}


def sources(language: str, kind: LetterKind, form: str) -> list[str]:
    """The template, and the frames that it extends."""
    found = [(SHIPPED / "letters" / language / f"{kind}.{form}.j2").read_text(encoding="utf-8")]
    while frame := re.match(r'{% extends "([^"]+)" %}', found[-1]):
        found.append((SHIPPED / frame[1]).read_text(encoding="utf-8"))
    return found


def used(language: str, kind: LetterKind, form: str) -> set[str]:
    """The variables that the template and its frames ask for."""
    trees = map(Environment(autoescape=True).parse, sources(language, kind, form))
    return set().union(*map(meta.find_undeclared_variables, trees))


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {"en"}))
@pytest.mark.parametrize("kind", sorted(TO_CUSTOMERS))
@pytest.mark.parametrize("form", ["txt", "html"])
def test_every_language_tells_customers_the_same(language: str, kind: LetterKind, form: str) -> None:
    assert used(language, kind, form) == used("en", kind, form)


@pytest.mark.parametrize(("language", "kind"), WRITTEN)
@pytest.mark.parametrize("form", ["txt", "html"])
def test_every_letter_has_both_forms_of_the_same_blocks_and_uses_explained_variables(
    language: str, kind: LetterKind, form: str
) -> None:
    blocks = set()
    for source in sources(language, kind, form):
        tree = Environment(autoescape=True).parse(source)
        assert meta.find_undeclared_variables(tree) <= set(trials(kind)[0])
        blocks |= set(re.findall(r"{% block (\w+) %}", source))
    assert blocks == BLOCKS[family_of(kind)]


def test_every_language_renders_with_every_value_given() -> None:
    assert Renderer([SHIPPED]).languages == set(LANGUAGES)


def test_every_block_is_explained() -> None:
    assert all(f"`{block}`" in README for blocks in BLOCKS.values() for block in blocks)
