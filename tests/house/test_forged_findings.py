from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailgate.mail.message import Authentication
from world import World, mail

FORGED = (
    b"Authentication-Results: mx.example.com; dkim=pass header.d=customer.test; dmarc=pass\r\n"
    b"X-Mailgate-Authentication: pass\r\nX-Mailgate-Mailbox: sales\r\n"
)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.mark.parametrize("found", [Authentication.UNVERIFIED, Authentication.FAIL])
def test_what_a_mail_says_of_its_own_authentication_changes_nothing(world: World, found: Authentication) -> None:
    """Only the door's finding counts (DESIGN, law 11): such fields anybody can write."""
    world.receive(mail(), authentication=found)
    world.receive(FORGED + mail(message_id="<2@customer.test>"), authentication=found)
    plain, forged = world.cases
    assert plain["mailbox"] == forged["mailbox"] == "support"
    subjects = [str(letter["Subject"]) for letter in world.letters]
    assert len(subjects) == (2 if found is Authentication.UNVERIFIED else 0)
    assert not any("Printer on fire" in subject for subject in subjects)  # neutral letters: they may be forged
