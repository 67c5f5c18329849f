"""Templates are looked through before the first mail comes: the operator's at each start, ours here."""

from __future__ import annotations

from pathlib import Path

import pytest

from letters import SHIPPED
from mailgate.errors import ConfigError
from mailgate.outbox.render import Renderer
from mailgate.web.assets import Assets
from mailgate.web.shown import Shown


def shown(operators: Path) -> Shown:
    folders = [operators, SHIPPED]
    return Shown(folders, Assets(folders), lambda _: "")


def page(tmp_path: Path, name: str, source: str) -> Path:
    file = tmp_path / "web" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("source", "why"), [("Hello\n{% if %}", "Expected an expression"), ("Hello\n{{ 1 | nofilter }}", "nofilter")]
)
def test_a_broken_page_of_the_operator_is_refused_by_file_and_line(tmp_path: Path, source: str, why: str) -> None:
    file = page(tmp_path, "refusal.html.j2", source)
    with pytest.raises(ConfigError, match=why) as raised:
        shown(tmp_path)
    assert (raised.value.file, raised.value.line) == (file, 2)


def test_a_page_of_the_operator_that_none_of_ours_leads_to_is_refused(tmp_path: Path) -> None:
    file = page(tmp_path, "refusals.html.j2", "Hello")
    with pytest.raises(ConfigError, match="nothing uses this file") as raised:
        shown(tmp_path)
    assert raised.value.file == file


def test_all_pages_and_letters_that_are_shipped_are_whole_and_have_no_block_that_nothing_shows(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()  # with templates of an operator all are compiled and looked through
    shown(tmp_path)
    Renderer([tmp_path, SHIPPED])
