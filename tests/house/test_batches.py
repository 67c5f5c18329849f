"""Mails that are walked together come to what they come to one by one."""

from __future__ import annotations

import re
from typing import Any

from mailgate.store import blocks
from world import World, mail

EVE = "Eve <eve@blocked.test>"


def _some() -> list[bytes]:
    """First mails, a second from one writer, a copy, an answer to one before it, a blocked one, an absence, a list."""
    return [
        mail("One", message_id="<1@customer.test>"),
        mail("Two", by="Bob <bob@elsewhere.test>", message_id="<2@elsewhere.test>"),
        mail("Three", message_id="<3@customer.test>"),
        mail("One", "It burns still.", message_id="<1@customer.test>", received="by mx.list.test; now"),
        mail(
            "Re: Two", by="Bob <bob@elsewhere.test>", message_id="<4@elsewhere.test>", in_reply_to="<2@elsewhere.test>"
        ),
        mail("Five", by=EVE, message_id="<5@blocked.test>"),
        mail("Away", by="Cy <cy@away.test>", message_id="<6@away.test>", auto_submitted="auto-replied"),
        mail("Seven", by="Dee <dee@list.test>", message_id="<7@list.test>", list_id="<people.list.test>"),
        mail("Eight", by="Flo <flo@new.test>", message_id=None),
    ]


def walked(*, together: bool) -> tuple[Any, ...]:
    world = World()
    with world.store.write() as connection:
        blocks.add(connection, "blocked.test", "ann", world.clock.now())
    ids = [world.receive(data, process=not together) for data in _some()]
    world.process()
    rows = [world.inbox(one) for one in ids]
    kept = [(row["state"], row["reason"], row["case"]) for row in rows]
    cases = [(one["number"], one["status"], one["contact"], one["entries"]) for one in world.cases]
    letters = [(letter["To"], re.sub(r"ref:.*:ref", "", letter["Subject"])) for letter in world.letters]
    return kept, cases, sorted(letters), world.sums()


def test_a_batch_comes_to_what_its_mails_come_to_one_by_one() -> None:
    together = walked(together=True)
    assert together == walked(together=False)
    assert {reason for _, reason, _ in together[0]} >= {"opened", "copy", "reply", "block", "auto_reply"}


def test_what_is_held_takes_no_number() -> None:
    world = World()
    for data in _some():
        world.receive(data, process=False)
    world.process()
    for name in ("<10@x.test>", "<11@y.test>"):
        world.receive(mail("Ten", by=f"{name[1:-1]} <{name[1:-1]}>", message_id=name), process=False)
    world.process()
    assert "waiting" not in world.sums()
    numbers = [int(case["number"]) for case in world.cases]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
