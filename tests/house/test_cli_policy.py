"""What a policy says and what follows from it can be asked on the command line, with no deployment at all.

The tables are those of the published documents; each row is typed as a person would and read as a machine would.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import Gate
from mailgate import shipped
from mailgate.mail.message import Authentication
from world import mail

SHIPPED = ["appviewx", "auvik", "aveksa", "beyondtrust", "default", "roxen"]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def timeline(gate: Gate, policy: str, opened: str, priority: str, *more: str) -> list[dict[str, Any]]:
    words = ["policy", "timeline", policy, "--opened", opened, "--priority", priority, *more, "--json"]
    steps: list[dict[str, Any]] = json.loads(gate.out(*words, config=False))
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    return steps


def when(steps: list[dict[str, Any]], step: str, about: str = "") -> list[str]:
    """The moments (UTC, to the minute) of the steps of that name."""
    assert all(one["at"].endswith("+00:00") for one in steps)
    return [one["at"][:16] for one in steps if (one["step"], one.get("about", "")) == (step, about)]


def test_a_step_of_the_json_is_its_name_its_moment_and_what_it_is_about(gate: Gate) -> None:
    assert timeline(gate, "default", "2026-03-06T12:00", "4") == [
        {
            "step": "engineer_reminder",
            "at": "2026-03-07T06:00:00+00:00",
            "n": 1,
            "about": "first_response_due",
            "due": "2026-03-07T12:00:00+00:00",
        },
        {"step": "first_response_due", "at": "2026-03-07T12:00:00+00:00", "n": 1},
    ]


# response, any response, workaround after an opening on Friday noon; every clock of it runs day and night
APPVIEWX = [
    ("1", "2026-03-06T12:30", "2026-03-06T20:00"),
    ("2", "2026-03-06T13:00", "2026-03-08T12:00"),
    ("3", "2026-03-06T16:00", "2026-03-11T12:00"),
    ("4", "2026-03-07T12:00", "2026-03-16T12:00"),
]


@pytest.mark.parametrize(("priority", "response", "workaround"), APPVIEWX)
def test_appviewx_answers_each_case_within_30_minutes_whatever_its_priority(
    gate: Gate, priority: str, response: str, workaround: str
) -> None:
    steps = timeline(gate, "appviewx", "2026-03-06T12:00Z", priority)
    assert when(steps, "first_response_due") == [response]
    assert when(steps, "any_response_due") == ["2026-03-06T12:30"]
    assert when(steps, "workaround_due") == [workaround]
    assert when(steps, "escalate") == []  # each rung is somebody's click


EASTERN = [
    # Friday 21:30: half an hour, and the rest from 04:00 on Monday, when clocks have been put forward meanwhile.
    ("1", "2026-03-06T21:30-05:00", "2026-03-09T09:30"),
    ("2", "2026-03-06T21:30-05:00", "2026-03-09T11:30"),
    # 24 business hours: 18 of Monday, and from 04:00 to 09:30 what is left after the half hour.
    ("3", "2026-03-06T21:30-05:00", "2026-03-10T13:30"),
    ("4", "2026-03-06T21:30-05:00", "2026-03-10T13:30"),
    # The night in which they are put back: Monday morning is an hour later in UTC.
    ("1", "2026-10-30T21:30-04:00", "2026-11-02T10:30"),
    # While they work, a business hour is an hour.
    ("1", "2026-11-17T09:00-05:00", "2026-11-17T16:00"),
    ("2", "2026-11-17T03:00-05:00", "2026-11-17T13:00"),
    # Thanksgiving, on the eve of which one hour was left.
    ("1", "2026-11-25T21:00-05:00", "2026-11-27T10:00"),
    # Independence Day 2026 is a Saturday: Friday July 3 is off.
    ("1", "2026-07-02T21:00-04:00", "2026-07-06T09:00"),
    # Without an offset it is the time of the policy's zone.
    ("1", "2026-03-06T21:30", "2026-03-09T09:30"),
]


@pytest.mark.parametrize(("severity", "opened", "response"), EASTERN)
def test_auvik_counts_business_hours_of_eastern_time(gate: Gate, severity: str, opened: str, response: str) -> None:
    assert when(timeline(gate, "auvik", opened, severity), "first_response_due") == [response]


def test_auvik_reports_on_severity_1_alone(gate: Gate) -> None:
    steps = timeline(gate, "auvik", "2026-11-17T09:00", "Severity 1")
    assert when(steps, "feedback_due") == ["2026-11-17T18:00", "2026-11-17T22:00", "2026-11-18T02:00"]
    assert when(timeline(gate, "auvik", "2026-11-17T09:00", "2"), "feedback_due") == []


ROXEN: list[tuple[str, str, list[str], list[str]]] = [
    (
        "Critical",
        "2026-03-07T13:00",
        ["2026-03-07T12:00"],
        ["2026-03-07T16:00", "2026-03-07T20:00", "2026-03-08T00:00"],
    ),
    ("high", "2026-03-07T16:00", ["2026-03-08T12:00"], ["2026-03-08T12:00", "2026-03-09T12:00", "2026-03-10T12:00"]),
    ("Normal", "2026-03-08T12:00", [], []),
    ("4", "2026-03-08T12:00", [], []),
]


@pytest.mark.parametrize(("priority", "response", "activated", "feedback"), ROXEN)
def test_roxen_activates_and_reports_by_priority(
    gate: Gate, priority: str, response: str, activated: list[str], feedback: list[str]
) -> None:
    steps = timeline(gate, "roxen", "2026-03-07T12:00", priority)
    assert when(steps, "first_response_due") == [response]
    assert when(steps, "activated_due") == activated
    assert when(steps, "feedback_due") == feedback


@pytest.mark.parametrize("policy", ["default", "aveksa", "beyondtrust"])
@pytest.mark.parametrize(
    ("priority", "response"),
    [("1", "2026-12-25T23:30"), ("2", "2026-12-26T00:00"), ("3", "2026-12-26T03:00"), ("low", "2026-12-26T23:00")],
)
def test_who_says_nothing_of_it_answers_as_the_default_day_and_night(
    gate: Gate, policy: str, priority: str, response: str
) -> None:
    steps = timeline(gate, policy, "2026-12-25T23:00", priority)
    assert when(steps, "first_response_due") == [response]
    assert {step["step"] for step in steps} == {"first_response_due", "engineer_reminder"}


CLOSES = [
    # Over Thanksgiving (Thursday 2026-11-26): the same time on the 10th business day, the last reminder 2 before it.
    ("resolved", "2026-11-18T09:00", "2026-12-01T09:00", "2026-12-03T09:00"),
    ("waiting", "2026-11-18T09:00", "2026-12-08T09:00", "2026-12-10T09:00"),
    # From a Sunday the next Monday is the first day.
    ("resolved", "2026-03-01T22:15", "2026-03-11T22:15", "2026-03-13T22:15"),
    # Over Christmas (Friday), New Year (Friday), and Martin Luther King's day (Monday January 18).
    ("resolved", "2026-12-18T00:00", "2026-12-31T00:00", "2027-01-05T00:00"),
    ("waiting", "2026-12-28T00:00", "2027-01-15T00:00", "2027-01-20T00:00"),
]


@pytest.mark.parametrize("policy", ["beyondtrust", "default"])
@pytest.mark.parametrize(("status", "since", "notice", "closes"), CLOSES)
def test_cases_close_after_10_or_15_business_days(
    gate: Gate, policy: str, status: str, since: str, notice: str, closes: str
) -> None:
    steps = timeline(gate, policy, "2026-02-01", "3", "--status", status, "--since", since)
    assert when(steps, "auto_close") == [closes]
    assert when(steps, "customer_reminder", "closing") == [notice]
    assert steps[-1]["step"] == "auto_close"


def test_who_is_waited_for_is_reminded_after_3_and_6_business_days(gate: Gate) -> None:
    steps = timeline(gate, "beyondtrust", "2026-11-17", "1", "--status", "waiting", "--since", "2026-11-18T09:00Z")
    assert when(steps, "customer_reminder") == ["2026-11-23T09:00", "2026-11-27T09:00"]
    assert {step["step"] for step in steps} == {"customer_reminder", "auto_close"}  # our clocks stand still


def test_a_business_day_ends_at_the_same_local_time_over_a_night_in_which_clocks_change(gate: Gate) -> None:
    steps = timeline(gate, "auvik", "2026-02-01", "3", "--status", "resolved", "--since", "2026-03-03T10:00")
    assert when(steps, "auto_close") == ["2026-03-17T14:00"]  # 10:00 EDT; it was 15:00 UTC when it was resolved


def test_a_timeline_can_be_read_in_the_zone_of_its_policy(gate: Gate) -> None:
    told = gate.out("policy", "timeline", "auvik", "--opened", "2026-03-06T21:30", "--priority", "2").splitlines()
    assert told[0].split() == ["WHEN", "STEP", "WHAT"]
    assert told[-1].startswith("Mon 2026-03-09 07:30 EDT  first_response_due  the first answer of a person is due")
    words = ("policy", "timeline", "default", "--opened", "2026-11-18", "--priority", "3", "--status", "resolved")
    last, close = gate.out(*words).splitlines()[1:]
    assert last.endswith("the customer's last reminder: it closes Thu 2026-12-03 00:00 UTC")
    assert close == "Thu 2026-12-03 00:00 UTC  auto_close         it closes by itself"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["auvik", "--opened", "soon", "--priority", "1"], '"soon" is no moment; write one like "2026-03-06T21:30"'),
        (
            ["auvik", "--opened", "0001-01-01", "--priority", "1"],
            '"0001-01-01" is too far away; write a year from 1971',
        ),
        (["roxen", "--opened", "2026-01-01", "--priority", "5"], 'no priority "5"; there: 1 (Critical), 2 (High)'),
        (["roxen", "--opened", "2026-01-01", "--priority", "1", "--since", "2026-01-02"], "give that, too"),
        (
            ["roxen", "--opened", "2026-01-02", "--priority", "1", "--status", "waiting", "--since", "2026-01-01"],
            "--since is before --opened",
        ),
    ],
)
def test_a_timeline_of_something_that_is_not_is_wrong_usage(gate: Gate, words: list[str], said: str) -> None:
    assert said in gate.error("policy", "timeline", *words, code=2, config=False)


def test_a_policy_is_named_by_its_name_or_its_file(gate: Gate) -> None:
    assert (
        gate.error("policy", "show", "roxxen", code=3, config=False)
        == 'there is no policy "roxxen"; did you mean "roxen"?'
    )
    draft = gate.home / "draft.toml"
    draft.write_text('[[priority]]\nlevel = 3\nname = "Any"\nresponse = "2h"\n')
    steps = timeline(gate, str(draft), "2026-03-06T12:00", "any")
    assert when(steps, "first_response_due") == ["2026-03-06T14:00"]
    draft.write_text('[[priority]]\nlevel = 3\nname = "Any"\nnane = 1\n')
    assert gate.error("policy", "show", str(draft)).startswith("~/draft.toml:4: priority[1].nane: unknown key; did you")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_policy_shows_all_that_it_says_on_a_page_and_key_by_key(gate: Gate, name: str) -> None:
    told = json.loads(gate.out("policy", "show", name, "--json", config=False))
    assert told["name"] == name
    assert told["closing"]["resolved"] == "10 business days"
    assert told["priority"][0]["response"] in ("30 minutes", "60 minutes", "2 business hours")
    page = gate.out("policy", "show", name, config=False)
    assert told["title"] in page
    for priority in told["priority"]:
        assert priority["name"] in page
        assert priority["definition"] in page
        assert priority["response"] in page
    for rung in told["escalation"]["rung"]:
        assert rung["name"] in page
        assert rung["to"][0] in page
    for level in told["level"]:
        assert level["queue"] in page
    assert told["zone"] in page


def test_what_show_prints_key_by_key_is_the_whole_policy(gate: Gate) -> None:
    told = json.loads(gate.out("policy", "show", "auvik", "--json"))
    assert told["calendar"] == {"hours": ["Mon-Fri 04:00-22:00"], "holidays": ["US"], "closed": []}
    assert told["priority"][0]["workaround"] == "never"
    assert told["confirmation"]["fail"] == "none"
    assert told["triage"] == {"priority": "support", "customer_may_change": False}
    assert told["outage"][0]["announce"] == ["3 days"]


def test_all_shipped_policies_and_ones_own_are_checked(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "own.toml").write_text('zone = "Mars"\n')
    result = gate.run("policy", "check")
    assert result.exit_code == 1
    fine = [Path(line.removeprefix("ok: ")).stem for line in result.stdout.splitlines()]
    assert fine == SHIPPED
    assert result.stderr.replace(str(gate.home), "~") == (
        'Error: ~/policies/own.toml:1: zone: "Mars" is no IANA time zone; write one like "Europe/Berlin", or "UTC"\n'
    )


def draft_of(gate: Gate, old: str, new: str) -> str:
    """A file with the default policy, where `new` stands instead of `old`."""
    text = (shipped.folder("config") / "policies" / "default.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = gate.home / "draft.toml"
    file.write_text(text.replace(old, new))
    return str(file)


def test_a_difference_is_told_of_open_cases_and_of_each_priority(gate: Gate) -> None:
    draft = draft_of(gate, 'response = "4 hours"', 'response = "8 hours"')
    with gate.world() as world:
        world.receive(mail("Unpromised", message_id="<2@x.test>"), authentication=Authentication.FAIL)
        world.receive(mail("Promised"))
        world.receive(mail("Closed", message_id="<3@x.test>"), authentication=Authentication.FAIL)
    numbers = {one["subject"]: one["number"] for one in gate.json("case", "list")}
    gate.out("case", "close", numbers["Closed"])
    told = gate.json("policy", "diff", "default", draft, "--opened", "2026-03-06T12:00")
    assert [(one["priority"], one["status"], one["step"]) for one in told["priorities"]] == [
        (3, "new", "engineer_reminder"),
        (3, "new", "first_response_due"),
    ]
    assert told["priorities"][1] == {
        "priority": 3,
        "status": "new",
        "step": "first_response_due",
        "about": "",
        "n": 1,
        "old": "2026-03-06T16:00:00+00:00",
        "new": "2026-03-06T20:00:00+00:00",
    }
    # What the confirmation promised stays; to who is perhaps somebody else nothing was promised.
    assert {one["number"] for one in told["cases"]} == {numbers["Unpromised"]}
    page = gate.out("policy", "diff", "default", draft, "--opened", "2026-03-06T12:00")
    assert "Fri 2026-03-06 16:00 UTC  Fri 2026-03-06 20:00 UTC" in page
    assert gate.json("policy", "diff", "roxen", draft)["cases"] == []  # none of them has that policy


def test_policies_that_say_the_same_move_nothing(gate: Gate) -> None:
    told = gate.json("policy", "diff", "default", draft_of(gate, '"Default support policy"', '"Another"'))
    assert (told["cases"], told["priorities"]) == ([], [])


def test_a_step_that_only_one_policy_has_is_never_under_the_other(gate: Gate) -> None:
    draft = draft_of(gate, 'resolved = "10 business days"', 'resolved = "never"')
    told = gate.json("policy", "diff", "default", draft, "--opened", "2026-11-18T09:00")
    closes = [one for one in told["priorities"] if one["step"] == "auto_close"]
    assert {(one["status"], one["old"], one["new"]) for one in closes} == {
        ("resolved", "2026-12-03T09:00:00+00:00", None)
    }
    words = ("policy", "diff", "default", draft, "--opened", "2026-11-18T09:00")
    (line,) = [
        line for line in gate.out(*words, config=False).splitlines() if line.startswith("4") and "auto_close" in line
    ]
    assert line.endswith("Thu 2026-12-03 09:00 UTC  never")
