"""What a policy says must go together: each contradiction is refused with its file, line, key, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.errors import PolicyError
from mailgate.mail.message import Authentication
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.load import load_policies, load_policy, read_policy
from mailgate.policy.policy import Policy
from mailgate.policy.service import ChosenBy, Need, Others
from mailgate.settings import Mailbox, RelaySettings, Settings

PRIORITY = '[[priority]]\nlevel = 3\nname = "Normal"\n'


def faults(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return [str(fault).removeprefix(f"{tmp_path}/mine.toml:") for fault in read_policy(file)[1]]


DURATIONS = [
    ("[service]\nany_response = 30\n", '2: service.any_response: should be a duration in quotes, like "4h"'),
    (
        '[service]\nany_response = "soon"\n',
        (
            '2: service.any_response: "soon" is no duration: write one like "30m", "4h", "5d", "2 business hours" or '
            '"10 business days", or "never"'
        ),
    ),
    ('[closing]\ngrace = "never"\n', '2: closing.grace: "never" is no duration'),
    ('[reminders]\ncustomer = ["3 busines days"]\n', '2: reminders.customer[1]: "3 busines days" is no duration'),
    ('[service]\nany_response = "0 hours"\n', '2: service.any_response: "0 hours" is no time at all'),
    (PRIORITY + 'feedback = "0m"\n', '4: priority[1].feedback: "0 minutes" is no time at all'),
    ('[reminders]\ncustomer = ["0 days"]\n', '2: reminders.customer[1]: "0 days" is no time at all'),
    ('[closing]\ngrace = "0 days"\n', '2: closing.grace: "0 days" is no time at all; write a longer one'),
]
CALENDAR = [
    ('[calendar]\nhours = ["Mon-Fri"]\n', '2: calendar.hours[1]: "Mon-Fri" are no working hours'),
    ('[calendar]\nhours = ["Mon 09:00-09:00"]\n', '2: calendar.hours[1]: "Mon 09:00-09:00" are no working hours'),
    (
        '[calendar]\nhours = ["Mon-Fri 09:00-17:00", "Mon 16:00-18:00"]\n',
        "2: calendar.hours: Monday 09:00-17:00 runs into Monday 16:00-18:00; write them as one",
    ),
    ('[calendar]\nclosed = ["12-32"]\n', '2: calendar.closed[1]: "12-32" is no date; write "2026-12-31"'),
    ('[calendar]\nholidays = ["XX"]\n', '2: calendar.holidays[1]: no public holidays are known of "XX"'),
    ('[calendar]\nholidays = ["DE-XX"]\n', '2: calendar.holidays[1]: "DE" has no subdivision "XX"'),
    (
        '[calendar]\nhours = ["Wed 09:00-17:00"]\nclosed = ['
        + ", ".join(
            f'"{m:02}-{d:02}"'
            for m in range(1, 13)
            for d in range(1, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1] + 1)
        )
        + "]\n",
        "2: calendar.hours: leave no working day",
    ),
    ('[calendar]\nhours = []\nclosed = ["12-24"]\n', "3: calendar.closed: changes nothing where we work around the"),
    ('[calendar]\nhours = []\nholidays = ["DE"]\n', "3: calendar.holidays: changes nothing where we work around the"),
]
ORDER = [
    ("[reminders]\nengineer_percent = [100]\n", "2: reminders.engineer_percent[1]: should be 1 to 99 percent"),
    ("[reminders]\nengineer_percent = [75, 50]\n", "2: reminders.engineer_percent[2]: should be more than the 75"),
    (
        '[reminders]\ncustomer = ["6 business days", "3 business days"]\n',
        '2: reminders.customer[2]: "3 business days" should be later than the "6 business days" before it',
    ),
    (
        '[reminders]\ncustomer = ["13 business days"]\n',
        (
            '2: reminders.customer[1]: "13 business days" does not come before the last reminder '
            '("2 business days" before closing.waiting, "15 business days")'
        ),
    ),
    (
        '[closing]\nresolved = "2 business days"\n',
        '2: closing.resolved: "2 business days" is too short: closing.grace ("2 business days") is not shorter',
    ),
    # From a Friday, two business days are longer than three days of the week.
    ('[closing]\nresolved = "3 days"\n', '2: closing.resolved: "3 days" is too short'),
    (
        (
            '[[escalation.rung]]\nname = "a"\nafter = "4h"\n[[escalation.rung]]\nname = "b"\n[[escalation.rung]]\n'
            'name = "c"\nafter = "4h"\n'
        ),
        '8: escalation.rung[3].after: "4 hours" should be later than the "4 hours" of a lower rung',
    ),
    (
        '[[outage]]\nstarts = "2026-11-28 07:00"\nends = "2026-11-28 06:00"\n',
        "3: outage[1].ends: should be after it starts (2026-11-28 07:00), not 2026-11-28 06:00",
    ),
    ('[[outage]]\nstarts = "Saturday"\nends = "2026-11-28 06:00"\n', "2: outage[1].starts: should be a local time"),
    (
        '[[outage]]\nstarts = "2026-11-28T07:00Z"\nends = "2026-11-28 09:00"\n',
        '2: outage[1].starts: should be a local time like "2026-11-28 07:00", not "2026-11-28T07:00Z"',
    ),
    (
        '[[outage]]\nstarts = 2026-11-28 07:00:00\nends = "2026-11-28 09:00"\nannounce = ["1 day", "1d"]\n',
        '4: outage[1].announce[2]: "1 day" stands here twice',
    ),
]
PEOPLE = [
    (PRIORITY + "urgent = true\n", "4: priority[1].urgent: advises customers to telephone, and contact.telephone is"),
    (
        PRIORITY + 'words = ["P3"]\n[[priority]]\nlevel = 1\nname = "p3"\n',
        '7: priority[2].name: "p3" means priority 3 already',
    ),
    (PRIORITY + 'words = [" "]\n', "4: priority[1].words[1]: should not be empty"),
    ('[opening]\nlevel = 2\n[[level]]\nlevel = 1\nname = "a"\n', "2: opening.level: there is no [[level]] 2; there: 1"),
    ('[opening]\nkinds = ["Incident", "incident"]\n', '2: opening.kinds[2]: "incident" stands here twice'),
    (
        '[[level]]\nlevel = 1\nname = "a"\n[[level]]\nlevel = 1\nname = "b"\n',
        "5: level[2].level: there is a level 1 already",
    ),
    ('[[level]]\nlevel = 1\nname = "a"\nqueue = "a b@x.net"\n', "4: level[1].queue: should be the plain address alone"),
    ("[escalation]\nbreach = 2\n", "2: escalation.breach: should be 0 or 1: there is no [[escalation.rung]], not 2"),
    (
        '[escalation]\nbreach = 2\n[[escalation.rung]]\nname = "a"\n',
        "2: escalation.breach: should be 0 (its engineer alone) to 1, not 2",
    ),
    (
        '[[escalation.rung]]\nname = "a"\nto = ["ann"]\n',
        '3: escalation.rung[1].to[1]: should be an address like "support@example.com", not "ann"',
    ),
    (
        '[[escalation.rung]]\nname = "a"\n[[escalation.rung]]\nname = "A"\n',
        "4: escalation.rung[2].name: there is a rung",
    ),
    (
        '[[escalation.rung]]\nname = "a"\nafer = "4h"\n',
        '3: escalation.rung[1].afer: unknown key; did you mean "after"?',
    ),
    ('[account]\ncsm = "nobody"\n', "2: account.csm: should be an address"),
    ('[entitlement]\nothers = "hold"\n', '2: entitlement.others: "hold" holds nobody while needs is empty'),
    ('[entitlement]\nneeds = ["contrakt"]\n', "2: entitlement.needs[1]: should be"),
    ('[triage]\npriority = "customer"\n', "2: triage.priority: should be"),
    ('[contact]\nhours = "9 to 5\\n"\n', "2: contact.hours: should be one line of plain text"),
]


@pytest.mark.parametrize(("text", "said"), [*DURATIONS, *CALENDAR, *ORDER, *PEOPLE])
def test_what_does_not_go_together_is_refused_alone_with_its_place_and_the_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    found = faults(tmp_path, text)
    assert len([one for one in found if one.startswith(said)]) == 1, found
    # A policy without a telephone, or with one priority, is no fault beside the one that is meant.
    assert len(found) == 1, found


def test_faults_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = '[entitlement]\nothers = "hold"\n[closing]\nreopen_days = -1\n[calendar]\nclosed = ["x"]\n'
    text += "[opening]\nlevel = 0\n"
    assert [int(one.partition(":")[0]) for one in faults(tmp_path, text)] == [2, 4, 6, 8]


def test_each_thing_can_be_switched_off(tmp_path: Path) -> None:
    file = tmp_path / "quiet.toml"
    file.write_text(
        PRIORITY + 'response = "Never"\n[calendar]\nhours = []\n[service]\nany_response = "never"\n[reminders]\n'
        'customer = []\nengineer_percent = []\n[closing]\nresolved = "never"\nwaiting = "never"\nreopen_days = 0\n'
        '[contact]\ntelephone = ""\n'
    )
    policy = load_policy(file)
    assert policy.calendar.always
    assert (policy.priorities[0].response, policy.service.any_response) == (None, None)
    assert (policy.closing.resolved, policy.closing.waiting) == (None, None)
    assert (policy.reminders.customer, policy.reminders.engineer_percent) == ((), ())


def test_a_whole_policy_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "whole.toml"
    file.write_text(
        'zone = "Europe/Berlin"\n'
        + PRIORITY
        + 'activated = "0 minutes"\nfeedback = "2 business hours"\nwords = ["P3"]\n'
        '[triage]\npriority = "sender"\n[calendar]\nhours = ["Fri 22:00-06:00"]\nholidays = []\nclosed = ["12-24"]\n'
        '[entitlement]\nneeds = ["contract"]\nothers = "hold"\n[[level]]\nlevel = 1\nname = "first"\n'
        'queue = "a@x.net"\n[[escalation.rung]]\nname = "head"\nto = ["h@x.net"]\nafter = "1 business day"\n'
    )
    policy = load_policy(file)
    (priority,) = policy.priorities
    assert priority.activated == Duration(0, Unit.MINUTES)
    assert priority.feedback == Duration(2, Unit.BUSINESS_HOURS)
    assert (priority.response, priority.words) == (None, ("P3",))
    assert policy.triage.priority is ChosenBy.SENDER
    assert (policy.entitlement.needs, policy.entitlement.others) == ((Need.CONTRACT,), Others.HOLD)
    assert policy.calendar.zone == "Europe/Berlin"
    assert not policy.calendar.spans[0]
    assert policy.escalation.rungs[0].after == Duration(1, Unit.BUSINESS_DAYS)
    assert policy.escalation.rungs[0].to == ("h@x.net",)
    assert policy.levels[0].queue == "a@x.net"
    assert policy.confirmation[Authentication.PASS] == Policy("x").confirmation[Authentication.PASS]


HOUSE = [
    (
        '[[level]]\nlevel = 1\nname = "a"\nqueue = "help+x@example.com"\n',
        "4: level[1].queue: help+x@example.com is mailbox.mine",
    ),
    ('[account]\ncsm = "other@example.com"\n', "2: account.csm: other@example.com is mailbox.other; it should be"),
    (
        '[[escalation.rung]]\nname = "a"\nto = ["Support@example.com"]\n',
        "3: escalation.rung[1].to[1]: Support@example.com is",
    ),
    ('[escalation]\naddress = "support@example.com"\n', "2: escalation.address: support@example.com is the address of"),
    (
        '[escalation]\naddress = "other@example.com"\n',
        "2: escalation.address: other@example.com comes to mailbox.other",
    ),
]


@pytest.mark.parametrize(("text", "said"), HOUSE)
def test_our_own_mailboxes_are_no_people(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies(_house(tmp_path, text))
    assert str(caught.value).removeprefix(f"{tmp_path}/policies/mine.toml:").startswith(said)


def test_an_alias_of_the_mailbox_is_where_escalations_go(tmp_path: Path) -> None:
    policies = load_policies(_house(tmp_path, '[escalation]\naddress = "help@example.com"\n'))
    assert policies["mine"].escalation.address == "help@example.com"


def _house(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mine.toml").write_text(text)
    mine = Mailbox("mine", "support@example.com", ("help@example.com",), subaddress=True, policy="mine")
    mailboxes = {"mine": mine, "other": Mailbox("other", "other@example.com")}
    return Settings(tmp_path / "mailgate.toml", RelaySettings("maildir:/x"), mailboxes, {})
