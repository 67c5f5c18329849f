"""Logos of signatures: shown and sent once on a case, and marked from then on."""

from __future__ import annotations

from base64 import encodebytes
from email.message import EmailMessage
from typing import Any

import pytest

from desk_mail import BOB, text_of, to
from mailgate.mail.message import Authentication
from world import World

ANN = "ann@customer.test"
LOGO = b"\x89PNG\r\n\x1a\n" + b"logo" * 500
SCREENSHOT = b"\x89PNG\r\n\x1a\n" + b"shot" * 700


def with_pictures(
    words: str,
    pictures: tuple[tuple[str, bytes], ...],
    *,
    by: str = ANN,
    message_id: str = "<1@customer.test>",
    inline: bool = True,
    html: str = "",
    **fields: str,
) -> bytes:
    """A mail whose html shows the pictures below its words, or has them as files."""
    shown = html or f"<p>{words}</p>" + "".join(f'<img src="cid:{name}@x">' for name, _ in pictures if inline)
    head = [f"From: {by}", "To: support@example.com", "Subject: Printer", f"Message-ID: {message_id}"]
    head += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
    parts = [f'Content-Type: text/html; charset="utf-8"\r\n\r\n{shown}']
    for name, data in pictures:
        place = (
            f"Content-ID: <{name}@x>\r\nContent-Disposition: inline" if inline else "Content-Disposition: attachment"
        )
        octets = encodebytes(data).decode().replace("\n", "\r\n")
        parts.append(
            f'Content-Type: image/png; name="{name}.png"\r\n{place}; filename="{name}.png"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{octets}"
        )
    kind = "related" if inline else "mixed"
    head += ["MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="b"']
    return ("\r\n".join(head) + "\r\n\r\n--b\r\n" + "\r\n--b\r\n".join(parts) + "\r\n--b--\r\n").encode()


def answered(world: World, words: str, pictures: tuple[tuple[str, bytes], ...], **how: Any) -> list[EmailMessage]:
    """The letters to the customer that an engineer's answer with pictures brings."""
    before = len(to(world, ANN))
    letter, seen = to(world, BOB)[-1], sum(world.sums().values())
    told = str(letter["Message-ID"])
    answer = with_pictures(words, pictures, by=BOB, message_id=f"<{seen}@engineers.test>", in_reply_to=told, **how)
    world.receive(answer, sender=BOB, authentication=Authentication.PASS)
    return to(world, ANN)[before:]


def names_in(letter: EmailMessage) -> list[str]:
    return [str(part.get_filename()) for part in letter.walk() if part.get_filename()]


@pytest.fixture
def world() -> World:
    world = World(engineers=[BOB])
    world.receive(with_pictures("It burns.", (("logo", LOGO),)))
    return world


def wrote_again(world: World, pictures: tuple[tuple[str, bytes], ...], *, inline: bool = True) -> dict[str, Any]:
    told = str(to(world, ANN)[-1]["Message-ID"])
    again = with_pictures("Still.", pictures, message_id="<2@customer.test>", in_reply_to=told, inline=inline)
    world.receive(again)
    return dict(world.case(world.cases[0]["number"])["history"][-1])


def test_a_logo_is_told_of_once(world: World) -> None:
    first = text_of(to(world, BOB)[-1])
    assert "logo.png" in first
    (mail,) = (one for one in world.case(world.cases[0]["number"])["history"] if one["kind"] == "mail")
    assert [(one["name"], one["seen"]) for one in mail["attachments"]] == [("logo.png", False)]
    entry = wrote_again(world, (("image001", LOGO), ("shot", SCREENSHOT)))
    assert [(one["name"], one["seen"]) for one in entry["attachments"]] == [("image001.png", True), ("shot.png", False)]
    second = text_of(to(world, BOB)[-1]).partition("Before that")[0]
    assert "shot.png" in second
    assert "image001.png" not in second


def test_it_is_another_on_another_case(world: World) -> None:
    world.receive(with_pictures("Another.", (("logo", LOGO),), message_id="<9@customer.test>"))
    assert "logo.png" in text_of(to(world, BOB)[-1])


@pytest.mark.parametrize("inline", [True, False])
def test_a_picture_of_an_engineer_goes_out_once(world: World, inline: bool) -> None:
    (first,) = answered(world, "Pull the plug.", (("shot", SCREENSHOT),), inline=inline)
    assert names_in(first) == ["shot.png"]
    (second,) = answered(world, "And wait.", (("shot2", SCREENSHOT), ("other", LOGO + b"!")), inline=inline)
    assert names_in(second) == ["other.png"]
    assert second.as_string().count("cid:") == (1 if inline else 0)
    history = world.case(world.cases[0]["number"])["history"]
    assert any("it went out on this case before" in one["text"] for one in history)


def test_one_that_was_only_noted_or_came_from_the_customer_goes_out(world: World) -> None:
    note = "<p>/note</p><p>See this.</p>"
    assert answered(world, "", (("shot", SCREENSHOT),), inline=False, html=note) == []
    (sent,) = answered(world, "Look at these.", (("shot", SCREENSHOT), ("logo", LOGO)), inline=False)
    assert names_in(sent) == ["shot.png", "logo.png"]


def test_a_big_file_goes_as_often_as_he_sends_it(world: World) -> None:
    big = SCREENSHOT * 40
    for words in ("Look.", "Look again."):
        (sent,) = answered(world, words, (("shot", big),), inline=False)
        assert names_in(sent) == ["shot.png"]


def test_a_mail_of_nothing_but_the_picture_sends_it_again(world: World) -> None:
    for _ in range(2):
        (sent,) = answered(world, "", (("shot", SCREENSHOT),), inline=False)
        assert names_in(sent) == ["shot.png"]
