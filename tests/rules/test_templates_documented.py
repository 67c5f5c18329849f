"""`templates/README.md` explains every letter and every variable, and the shipped templates use nothing else."""

from __future__ import annotations

import re

import pytest
from jinja2 import Environment, meta

from letters import CASE, LETTER, POLICY, SHIPPED
from mailgate.cases.case import OPERATOR_LETTERS, LetterKind
from mailgate.outbox.render import NoticeValues, Renderer, values_of

README = (SHIPPED / "README.md").read_text(encoding="utf-8")
LANGUAGES = sorted(path.name for path in (SHIPPED / "letters").iterdir())
OPERATOR_BLOCKS = {"opening", "details"}
BLOCKS = {"opening", "urgent", "page", "details", "reference", "signature"}


def rows(heading: str) -> set[str]:
    """First cells of the table whose header begins so."""
    table = README.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_every_variable_is_explained_and_nothing_else_is() -> None:
    assert rows("variable") == set(values_of(LETTER, CASE, POLICY, "https://support.example.com"))


def test_every_variable_of_the_operators_letters_is_explained() -> None:
    assert rows("operator's variable") == {"language", *NoticeValues.__annotations__}


def test_every_letter_is_explained() -> None:
    assert rows("letter") == {kind.value for kind in LetterKind}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("form", ["txt", "html"])
def test_every_letter_has_both_forms_of_the_same_blocks_and_uses_explained_variables(
    language: str, kind: LetterKind, form: str
) -> None:
    source = (SHIPPED / "letters" / language / f"{kind}.{form}.j2").read_text(encoding="utf-8")
    tree = Environment(autoescape=True).parse(source)
    operator = kind in OPERATOR_LETTERS
    assert meta.find_undeclared_variables(tree) <= rows("operator's variable" if operator else "variable")
    assert set(re.findall(r"{% block (\w+) %}", source)) == (OPERATOR_BLOCKS if operator else BLOCKS)


def test_every_language_renders_with_every_value_given() -> None:
    assert Renderer([SHIPPED]).languages == set(LANGUAGES)


def test_every_block_is_explained() -> None:
    assert all(f"`{block}`" in README for block in BLOCKS)
