"""Our answers on the page of a case: as their reader was sent them, with their files, and to no other reader."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from case_pages import ANN, BOB, page_of, page_world
from hostile_html import PNG
from mailgate.mail.message import Authentication
from site_visitor import Answer, Visitor, shown
from world import World, mail

EVE = "eve@engineers.test"


@pytest.fixture
def world() -> Iterator[World]:
    with page_world(engineers=[EVE]) as world:
        world.receive(mail(cc=BOB))
        to_eve = next(letter for letter in world.letters if EVE in str(letter["To"]))
        made = EmailMessage()
        made["From"], made["Subject"], made["Message-ID"] = EVE, f"Re: {to_eve['Subject']}", "<e@engineers.test>"
        made["To"], made["In-Reply-To"] = str(to_eve["From"]), to_eve["Message-ID"]
        made.set_content("Change the fuse as here:\n")
        made.add_alternative('<p>Change the <b>fuse</b> as here:</p><img src="cid:red@x">', "html")
        shown_in = made.get_body(("html",))
        assert shown_in is not None
        shown_in.add_related(PNG, "image", "png", cid="<red@x>", filename="red.png")
        made.add_attachment(b"<script>alert(1)</script>", "text", "html", filename="fuse.html")
        world.receive(made.as_bytes(), sender=EVE, authentication=Authentication.PASS)
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield site


def answer_on(page: Answer) -> str:
    (link,) = {one for one in page.text.split('"') if "/letter/" in one}
    return link


def test_an_answer_is_shown_as_it_was_sent_and_its_files_are_saved(world: World, site: Visitor) -> None:
    link = answer_on(site.get(page_of(world, ANN)))
    answer = site.get(link)
    assert "Change the fuse as here:" in answer.words
    saved = site.get(max(one for one in answer.text.split('"') if "/file/" in one))
    assert saved.body == b"<script>alert(1)</script>"
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith('attachment; filename="fuse.html"')
    picture = answer.text.partition('src="')[2].partition('"')[0]
    assert site.get(picture).body == PNG


def test_each_reader_opens_the_letter_that_he_was_sent_and_no_other(world: World, site: Visitor) -> None:
    anns, bobs = page_of(world, ANN), page_of(world, BOB)
    to_ann, to_bob = (answer_on(site.get(one)).rpartition("/")[2] for one in (anns, bobs))
    assert to_ann != to_bob
    assert site.get(f"{anns}/letter/{to_bob}").status == 404
    everything = [site.get(f"{bobs}/letter/{n}") for n in range(1, 12)]
    assert [one.path.rpartition("/")[2] for one in everything if one.status == 200] == [to_bob]
    assert EVE not in site.get(f"{bobs}/letter/{to_bob}").text
    assert "ref:_" not in site.get(page_of(world, ANN)).text
