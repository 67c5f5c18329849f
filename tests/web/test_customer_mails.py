"""A mail as the page shows it: harmless, whatever its html is; its pictures and files served as nothing that runs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from urllib.parse import unquote

import pytest

from case_pages import ANN, BOB, link_to, page_of, page_world
from harmless import harm
from hostile_html import BODIES, FIELDS, FILE_NAMES, PNG, with_pictures, written
from mailgate import forgetting
from mailgate.mail.message import Address, Envelope, RawMail
from mailgate.mail.on_page import Placed
from mailgate.mail.page_html import on_page
from mailgate.reader import Reader
from moments import NOON
from site_visitor import Answer, Visitor, shown
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with page_world() as world:
        yield world


def seen(world: World, site: Visitor, made: EmailMessage) -> tuple[Answer, Answer]:
    """The page of the case, and that of the mail."""
    inbound_id = world.receive(made.as_bytes())
    link = page_of(world, ANN)
    return site.get(link), site.get(f"{link}/mail/{inbound_id}")


def test_every_hostile_html_is_shown_without_anything_that_runs_or_loads(world: World) -> None:
    for place, html in enumerate(BODIES.values()):
        told = {"message_id": f"<{place}@customer.test>", "in_reply_to": f"<{max(place - 1, 0)}@customer.test>"}
        made = with_pictures(written(f"<p>Before</p>{html}<p>After</p>", **told))
        world.receive(made.as_bytes(), process=False)
    world.process()
    with shown(world) as site:
        link = page_of(world, ANN)
        for place, name in enumerate(BODIES, 1):
            answer = site.get(f"{link}/mail/{place}")
            assert answer.status == 200, name
            assert harm(answer) == [], name
            assert "Before" in answer.words, name
            assert answer.text.count("</main>") == 1, name
            assert answer.text.count("<h1") == 1, name
        assert harm(site.get(link)) == []


def test_header_fields_are_words(world: World) -> None:
    with shown(world) as site:
        made = written("<p>x</p>", subject=FIELDS["subject"])
        made.replace_header("From", f'"{FIELDS["name"]}" <{ANN}>')
        for answer in seen(world, site, made):
            assert harm(answer) == []
        assert "alert(document.domain)" in site.get(link_to(ANN, world)).words


@pytest.mark.parametrize("name", FILE_NAMES)
def test_files_are_saved_under_safe_names_and_shown_by_nobody(world: World, name: str) -> None:
    made = written(message_id="<f@customer.test>")
    octets = b"<html><script>alert(1)</script></html>" * 5
    made.add_attachment(octets, "text", "html", filename="PLACE.html")
    told = base64.b64encode(FILE_NAMES[name].encode()).decode()
    data = made.as_bytes().replace(b'filename="PLACE.html"', f'filename="=?utf-8?b?{told}?="'.encode())
    inbound_id = world.receive(data)
    with shown(world) as site:
        link = link_to(ANN, world)
        page, mail_page = site.get(link), site.get(f"{link}/mail/{inbound_id}")
        assert harm(page) == harm(mail_page) == []
        answer = site.get(f"{link}/mail/{inbound_id}/file/0")
        assert answer.body == octets
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment; filename=")
        saved = unquote(said.partition("filename*=UTF-8''")[2])
        assert not set(saved) & set("/\\\r\n\u202e<>")
        assert said.count('"') == 2


def test_pictures_are_shown_by_part_and_only_what_is_one(world: World) -> None:
    html = '<p><img src="cid:red@x"><img src="cid:svg@x" alt="a drawing"><img src="cid:lies@x"></p>'
    inbound_id = world.receive(with_pictures(written(html)).as_bytes())
    with shown(world) as site:
        link = link_to(ANN, world)
        page = site.get(f"{link}/mail/{inbound_id}")
        assert page.text.count("<img") == 1
        assert "a drawing" in page.words
        served = [site.get(f"{link}/mail/{inbound_id}/part/{place}") for place in range(3)]
        assert [one.status for one in served] == [200, 404, 404]
        assert served[0].body == PNG
        assert served[0].headers["Content-Type"] == "image/png"
        assert served[0].headers["X-Content-Type-Options"] == "nosniff"
        assert site.get(f"{link}/mail/{inbound_id}/part/3").status == 404
        assert site.get(f"{link}/mail/{inbound_id}/part/x").status == 404


def test_another_cases_mail_is_not_there(world: World) -> None:
    theirs = world.receive(mail(by="Carol <carol@other.test>", message_id="<c@other.test>", body="Secret."))
    world.receive(mail())
    with shown(world) as site:
        link = link_to(ANN, world)
        for path in (
            f"mail/{theirs}",
            f"mail/{theirs}/file/0",
            f"mail/{theirs}/part/0",
            "mail/999",
            "mail/-1",
            "mail/x",
        ):
            assert site.get(f"{link}/{path}").status == 404


def test_mail_of_others_than_those_of_the_case_is_not_there(world: World) -> None:
    world.receive(mail())
    carol = mail(body="I, too.", by="Carol <carol@customer.test>", message_id="<3@customer.test>",
                 in_reply_to="<1@customer.test>")  # fmt: skip
    last = world.receive(carol)
    assert len(world.cases) == 1
    with shown(world) as site:
        assert site.get(f"{link_to(ANN, world)}/mail/{last}").status == 404


def test_the_mail_of_who_was_erased_is_not_there(world: World) -> None:
    world.receive(mail(cc=BOB))
    bobs = world.receive(mail(by=f"Bob <{BOB}>", message_id="<2@customer.test>", in_reply_to="<1@customer.test>"))
    with shown(world) as site:
        link = link_to(ANN, world)
        assert site.get(f"{link}/mail/{bobs}").status == 200
        world.deliver()
        forgetting.erase(world.house, Address("", BOB), "operator")
        assert site.get(f"{link}/mail/{bobs}").status == 404
        assert BOB not in site.get(link).text


def test_where_raw_mail_was_forgotten_its_words_are_still_told(world: World) -> None:
    inbound_id = world.receive(written("<p>x</p>").as_bytes())
    with world.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM raw_mail")
    with shown(world) as site:
        link = link_to(ANN, world)
        assert "Plain words." in site.get(link).words
        assert site.get(f"{link}/mail/{inbound_id}").status == 404


def test_the_child_reads_for_the_page_as_this_process_would() -> None:
    raw = RawMail(
        with_pictures(written('<p>x<img src="cid:red@x"></p>')).as_bytes(), Envelope("support", "", (), "t", NOON)
    )
    with closing(Reader()) as reader:
        assert reader.show(raw, Placed("/case/1/x/mail/1/part/")) == on_page(raw, Placed("/case/1/x/mail/1/part/"))


def test_a_mail_that_hangs_the_reader_is_told_so() -> None:
    raw = RawMail(written("<p>x</p>").as_bytes(), Envelope("support", "", (), "t", NOON))
    with closing(Reader(deadline_seconds=0.0)) as reader:
        assert reader.show(raw, Placed("/x/")).unread
