"""A mail as the desk's page shows it: harmless, whatever its html is; its files saved, never shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk_site import let_in, staffed
from harmless import harm
from hostile_html import BODIES, PNG, with_pictures, written
from site_visitor import Visitor, shown
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


@pytest.fixture
def eve(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield let_in(world, site)


def case_of(world: World, inbound_id: int) -> str:
    return f"/desk/cases/{world.inbox(inbound_id)['case']}"


def test_every_hostile_html_is_shown_without_anything_that_runs_or_loads(world: World, eve: Visitor) -> None:
    for place, html in enumerate(BODIES.values()):
        told = {"message_id": f"<{place}@customer.test>", "in_reply_to": f"<{max(place - 1, 0)}@customer.test>"}
        made = with_pictures(written(f"<p>Before</p>{html}<p>After</p>", **told))
        world.receive(made.as_bytes(), process=False)
    world.process()
    page = case_of(world, 1)
    for place, name in enumerate(BODIES, 1):
        answer = eve.get(f"{page}/mail/{place}")
        assert answer.status == 200, name
        assert harm(answer) == [], name
        assert "Before" in answer.words, name
        assert answer.text.count("</main>") == 1, name
    assert harm(eve.get(page)) == ["svg"]  # our own: the time line


def test_files_are_saved_and_pictures_shown_by_part(world: World, eve: Visitor) -> None:
    made = written('<p><img src="cid:red@x"> See the file.</p>')
    made.add_attachment(b"<script>alert(1)</script>", "text", "html", filename="page.html")
    inbound_id = world.receive(with_pictures(made).as_bytes())
    page = case_of(world, inbound_id)
    for shown_on in (eve.get(page), eve.get(f"{page}/mail/{inbound_id}")):
        (link,) = {one for one in shown_on.text.split('"') if "/file/" in one and one.endswith(place_of(shown_on.text))}
        answer = eve.get(link)
        assert answer.body == b"<script>alert(1)</script>"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="page.html"')
    picture = eve.get(f"{page}/mail/{inbound_id}").text.partition('src="')[2].partition('"')[0]
    assert eve.get(picture).body == PNG


def place_of(text: str) -> str:
    """The place of the file page.html, as its link has it."""
    return text.partition("page.html</bdi>")[0].rpartition("/file/")[2].partition('"')[0]


def test_a_mail_is_shown_on_its_own_case_alone_and_to_who_is_signed_in(world: World, eve: Visitor) -> None:
    one = world.receive(mail())
    other = world.receive(mail("Other", "Secret.", by="Carol <carol@other.test>", message_id="<c@other.test>"))
    mine = f"{case_of(world, one)}/mail"
    assert eve.get(f"{mine}/{one}").status == 200
    assert [eve.get(f"{mine}/{n}").status for n in (other, 999, "x", "-1", "%D9%A3")] == [404] * 5
    assert eve.another().get(f"{mine}/{one}").status == 303
