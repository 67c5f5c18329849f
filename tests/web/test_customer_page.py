"""The page of a case: what its customers see of it, each by the link in his own letter."""

from __future__ import annotations

import pytest

from case_pages import ANN, link_to, page_world
from site_visitor import shown
from world import mail


def test_the_link_in_a_letter_shows_the_case_to_its_reader() -> None:
    with page_world() as world:
        world.receive(mail())
        with shown(world) as site:
            answer = site.get(link_to(ANN, world))
            assert answer.status == 200
            assert f"Case {world.cases[0]['number']}: Printer on fire" in answer.words
            assert "Status received" in answer.words
            assert "Priority 3 (Medium)" in answer.words
            assert "It burns." in answer.words


if __name__ == "__main__":
    pytest.main([__file__])
