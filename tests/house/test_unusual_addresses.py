"""People with addresses of RFC 6531, or with quotes, are people: confirmed where the relay can carry it, else noted."""

from __future__ import annotations

import pytest

from mailgate.errors import Permanent
from world import World, mail


@pytest.mark.parametrize("address", ["jörg@customer.test", '"ann lee"@customer.test', "用户@customer.test"])
def test_who_has_an_unusual_address_is_confirmed_and_takes_part(address: str) -> None:
    with World() as world:
        world.receive(mail(by=f"Ann <{address}>"))
        world.deliver()
        ((_, to, message),) = world.relay.sent
        assert to == address
        assert f"<{address}>".encode() in message.partition(b"\r\n\r\n")[0]
        reply = mail(f"Re: {world.cases[0]['ref']}", "More.", by=f"Ann <{address}>", message_id="<2@customer.test>")
        assert world.inbox(world.receive(reply))["reason"] == "reply"


def test_where_the_relay_cannot_carry_it_the_case_says_so() -> None:
    with World() as world:
        why = "the address is not ASCII, and the relay does not offer SMTPUTF8"
        world.relay.refuse = {"jörg@customer.test": Permanent(why)}
        number = world.inbox(world.receive(mail(by="jörg@customer.test")))["case"]
        world.deliver()
        assert world.case(number)["history"][-1]["text"].endswith(why)
