"""Links to the page of a case, from the command line: what support hands out, and what ends them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from case_pages import ANN, BOB
from commands import CONFIG, Gate
from mailgate.clock import SystemClock
from site_visitor import URL, shown
from world import World, mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.config.write_text(f'{CONFIG}\n[web]\nlisten = "127.0.0.1:8025"\nurl = "{URL}"\n')
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail(cc=BOB))
    return gate


def status(world: World, link: str) -> int:
    """What the page answers at this moment, which is that of the commands."""
    with shown(world) as site:
        return site.get(link.removeprefix(URL)).status


def test_a_link_that_support_hands_out_opens_the_page_until_it_is_ended(gate: Gate) -> None:
    with gate.world() as world:
        number = world.cases[0]["number"]
        anns, bobs = (gate.out("case", "link", number, "--to", who).strip() for who in (ANN, BOB))
        assert re.fullmatch(rf"{URL}/case/{number}/[\w-]+", anns)
        world.clock.time = SystemClock().now()
        assert [status(world, anns), status(world, bobs)] == [200, 200]
        assert "would end" in gate.out("case", "unlink", ANN, "--dry-run")
        assert status(world, anns) == 200
        gate.out("case", "unlink", ANN)
        assert [status(world, anns), status(world, bobs)] == [404, 200]
        told = gate.out("case", "revoke", number, "--of", BOB)
        assert told == f"#{number}: the reply tokens and links of {BOB} were revoked (letters: 0)\n"
        assert status(world, bobs) == 404


def test_a_link_is_made_for_nobody_who_takes_no_part(gate: Gate) -> None:
    with gate.world() as world:
        number = world.cases[0]["number"]
    assert "does not take part" in gate.error("case", "link", number, "--to", "eve@customer.test")
    assert "nothing to revoke" in gate.error("case", "revoke", number, "--of", "eve@customer.test")


def test_without_pages_there_are_no_links(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail())
        number = world.cases[0]["number"]
    assert "web.url" in gate.error("case", "link", number, "--to", ANN)
