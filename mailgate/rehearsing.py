"""What would become of a mail: the walk's examining, matching and deciding, of which nothing is kept, sent or counted.

Nobody is asked about its sender: what the door found is all there is to know.
"""

from __future__ import annotations

from mailgate.cases.decide import decide
from mailgate.cases.ref import Names
from mailgate.house import House
from mailgate.mail.message import RawMail
from mailgate.store import keep
from mailgate.store.accepted import raw_mail_of
from mailgate.store.rehearsal import Rehearsal
from mailgate.story import Story, story_of
from mailgate.understand import understand


def rehearse(house: House, raw: RawMail, inbound_id: int = 0, released_by: str = "") -> Story:
    """What would become of this mail now. `inbound_id` is its row, if it has one: it is no copy of itself."""
    mail, now = house.read(raw), house.clock.now()
    names = Names("(new)", house.org, "(new)", b"", "")
    with house.store.read() as connection:
        event = understand(house, connection, inbound_id, mail, raw.data, released_by, now, lock=False)
    case = event.match.case
    return story_of(event, decide(case, event, house.policy_for(case, raw.envelope.mailbox), names, now))


def rehearse_replay(house: House, inbound_id: int, released_by: str = "") -> Story:
    """What `pipeline.replay` would come to now. MailgateError where the mail cannot be brought back."""
    with Rehearsal(house.store).write() as connection:
        keep.reopen_inbound(connection, inbound_id, house.clock.now(), released_by=released_by)
    with house.store.read() as connection:
        raw = raw_mail_of(connection, inbound_id, house.store.read)
    return rehearse(house, raw, inbound_id, released_by)
