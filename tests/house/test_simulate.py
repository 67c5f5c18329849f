"""`mailgate simulate`: what it tells of a scenario that comes otherwise, of a wrong one, and of past mail."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from commands import Gate
from world import mail

HEAD = """\
policy = "default"
start = "2026-11-17 09:00"
operator = "eve@example.net"

[[step]]
mail = { from = "Ann <ann@customer.test>", subject = "Printer", body = "It burns." }
"""
CONFIRMED = """
[[step.letter]]
kind = "confirmation"
to = "ann@customer.test"
"""


def run(*words: str) -> Result:
    """Without a configuration: all that is played is shipped."""
    with tempfile.TemporaryDirectory() as home:
        gate = Gate(Path(home))
        return gate.run(*words)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return tmp_path / "scenario.toml"


def simulated(path: Path, *words: str, code: int = 0) -> dict[str, Any]:
    done = run("simulate", str(path), "--json", *words)
    assert done.exit_code == code, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def unexpected(path: Path) -> list[str]:
    said = simulated(path, code=1)["unexpected"]
    return [f"{one['line']}: {one['key']}: {one['why'].splitlines()[0]}" for one in said]


def test_a_scenario_that_comes_as_expected_ends_with_0_and_tells_its_story(scenario: Path) -> None:
    scenario.write_text(HEAD + CONFIRMED)
    done = run("simulate", str(scenario), "--letters")
    assert done.exit_code == 0
    for words in ("Tue 2026-11-17", "09:00  2611000001  ann@customer.test writes: It burns.", "→ confirmation to ann@"):
        assert words in done.output
    assert "│ A case has been created successfully." in done.output


def test_a_letter_that_nobody_expects_is_told_with_its_step(scenario: Path) -> None:
    scenario.write_text(
        HEAD + CONFIRMED + '\n[[step]]\nengineer = { status = "waiting" }\n\n[[step]]\nat = "+3 days"\n'
    )
    (why,) = unexpected(scenario)
    assert why.startswith(
        "15: step[3]: a letter that no step expects left Fri 2026-11-20 09:00: customer_reminder to ann@"
    )


def test_a_letter_of_another_minute_is_missed_and_its_own_moment_told(scenario: Path) -> None:
    scenario.write_text(HEAD + CONFIRMED.replace("kind", 'at = "09:01"\nkind'))
    assert unexpected(scenario)[1:] == [
        "8: step[1].letter[1]: no confirmation to ann@customer.test left Tue 2026-11-17 09:01, but Tue 2026-11-17 09:00"
    ]


def test_words_that_a_letter_has_not_or_should_not_have_are_told(scenario: Path) -> None:
    scenario.write_text(HEAD + CONFIRMED + 'says = ["created  successfully", "Dear"]\nnever = ["burns", "Printer"]\n')
    assert unexpected(scenario) == [
        "8: step[1].letter[1]: does not say “Dear”; it says:",
        "8: step[1].letter[1]: says “Printer”",
    ]


def test_what_customers_are_never_to_see_is_looked_for_in_whole_letters(scenario: Path) -> None:
    scenario.write_text('customers_never_see = ["X-Auto-Response-Suppress"]\n' + HEAD + CONFIRMED)
    (why,) = unexpected(scenario)
    assert why.startswith("1: customers_never_see: “X-Auto-Response-Suppress” stands in the confirmation to ann@")


def test_a_case_that_stands_otherwise_is_told_key_by_key(scenario: Path) -> None:
    scenario.write_text(HEAD + CONFIRMED + '[[step.case]]\nstatus = "open"\nnext_due = "12:01"\nidle = "closed"\n')
    assert unexpected(scenario) == [
        "12: step[1].case[1].status: is new, not open",
        "13: step[1].case[1].next_due: is Tue 2026-11-17 12:00, not Tue 2026-11-17 12:01",
        "14: step[1].case[1].idle: is “”, not “closed”",
    ]


def test_an_action_that_is_refused_and_one_that_should_have_been_are_told(scenario: Path) -> None:
    steps = '\n[[step]]\ncustomer = { confirm = true }\n\n[[step]]\ncustomer = { close = true }\nrefused = "no"\n'
    scenario.write_text(HEAD + CONFIRMED + steps)
    assert unexpected(scenario) == [
        "13: step[2].customer: was not allowed: case 2611000001 is new: only what is resolved can be confirmed",
        "17: step[3].refused: was allowed",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("operator", "oprator"), '3: oprator: unknown key; did you mean "operator"?'),
        ('start = "tomorrow"\n', '1: start: "tomorrow" is no moment'),
        (HEAD.replace("mail = ", "mial = "), '6: step[1].mial: unknown key; did you mean "mail"?'),
        (HEAD + 'relay = "down"\n', "5: step[1]: does mail and relay: write a step for each"),
        (HEAD.replace('from = "Ann <ann@customer.test>", ', ""), "6: step[1].mail.from: is missing"),
        (HEAD + 'at = "+2 business days"\n', '7: step[1].at: "+2 business days": write the moment itself'),
        (HEAD + '[[step]]\nat = "2026-11-16 09:00"\n', "8: step[2].at: is before the step that stands before it"),
        (HEAD.replace("default", "defualt"), '1: policy: there is no policy "defualt"; did you mean "default"?'),
        (HEAD + "[[step]]\ncustomer = { case = 2 }\n", "8: step[2].customer.case: there are 1 cases"),
        (HEAD.replace('body = "It', 'to = "x@y.test", body = "It'), "x@y.test is no address of a mailbox here"),
    ],
)
def test_a_wrong_scenario_is_told_with_file_line_key_and_remedy(scenario: Path, text: str, said: str) -> None:
    scenario.write_text(text)
    done = run("simulate", str(scenario))
    assert done.exit_code == 1
    assert said in done.stderr
    assert f"{scenario}:" in done.stderr


def test_while_the_relay_is_down_letters_wait_and_leave_when_it_is_up(scenario: Path) -> None:
    scenario.write_text(
        HEAD.replace("[[step]]", '[[step]]\nrelay = "down"\n\n[[step]]')
        + '\n[[step]]\nat = "09:10"\nrelay = "up"\n\n[[step]]\nat = "10:00"\n'
    )
    (letter,) = simulated(scenario)["letters"]
    # Tried after 1, 2, 4 and 8 minutes more.
    assert letter["at"] == "2026-11-17T09:15:00+00:00"


def test_another_policy_than_the_scenarios_can_be_played(scenario: Path) -> None:
    scenario.write_text(HEAD)
    said = simulated(scenario, "--policy", "auvik")
    assert said["policy"] == "auvik"
    assert said["cases"][0]["provisional"] is True
    done = run("simulate", str(scenario), "--policy", "auwik")
    assert 'there is no policy "auwik"; did you mean "auvik"?' in done.stderr


def test_past_mail_is_played_in_its_order_at_its_moments(tmp_path: Path) -> None:
    first = mail("Second", message_id="<2@c.test>").replace(b"17 Nov 2026 09:00", b"18 Nov 2026 10:00")
    late = b"Received: from x by y; Mon, 16 Nov 2026 11:00:00 +0100\r\n" + mail("First", message_id="<1@c.test>")
    for name, data in (("a.eml", first), ("b.eml", late)):
        (tmp_path / name).write_bytes(data)
    said = simulated(tmp_path)
    assert [case["opened_at"] for case in said["cases"]] == ["2026-11-16T10:00:00+00:00", "2026-11-18T10:00:00+00:00"]
    assert [letter["kind"] for letter in said["letters"]] == ["confirmation", "confirmation"]
    assert [one["at"] for one in said["breaches"]] == ["2026-11-16T14:00:00+00:00", "2026-11-18T14:00:00+00:00"]


def test_past_mail_that_is_answered_in_time_breaches_nothing(tmp_path: Path) -> None:
    mbox = tmp_path / "old.mbox"
    mbox.write_bytes(b"From ann Tue Nov 17\n" + mail().replace(b"\r\n", b"\n"))
    assert len(simulated(mbox)["breaches"]) == 1
    assert simulated(mbox, "--answered-after", "2 hours")["breaches"] == []
    assert "is no duration" in run("simulate", str(mbox), "--answered-after", "soon").stderr


def test_a_folder_without_mail_is_told(tmp_path: Path) -> None:
    done = run("simulate", str(tmp_path))
    assert done.exit_code == 1
    assert "there is no mail in it" in done.stderr


def test_an_engineer_answers_the_letter_that_his_queue_was_sent(scenario: Path) -> None:
    scenario.write_text(
        'policy = "aveksa"\nstart = "2026-11-17 09:00"\nengineers = ["eve@example.net"]\n'
        '[[step]]\nmail = { from = "Ann <ann@customer.test>", subject = "Review", body = "It fails." }\n'
        '[[step]]\nmail = { from = "Eve <eve@example.net>", answers = "new_case", body = "/assign me\\n\\nHow?" }\n'
    )
    said = simulated(scenario)
    assert [(one["kind"], one["to"]) for one in said["letters"]] == [
        ("confirmation", "ann@customer.test"),
        ("new_case", "level-1@example.net"),
        ("reply", "ann@customer.test"),
    ]
    assert said["cases"][0]["owner"] == "eve@example.net"


def test_an_engineers_mail_that_the_door_did_not_authenticate_is_a_note(scenario: Path) -> None:
    scenario.write_text(
        HEAD.replace("operator", "engineers").replace('"eve@example.net"', '["eve@example.net"]')
        + '\n[[step]]\nmail = { from = "eve@example.net", answers = "new_case", body = "How?", '
        + 'authentication = "unknown" }\n'
    )
    assert [one["kind"] for one in simulated(scenario)["letters"]] == ["confirmation", "new_case", "command_answer"]


def test_a_customer_opens_his_case_again_and_whose_it_is_cannot_leave_it(scenario: Path) -> None:
    closed = "\n[[step]]\ncustomer = { close = true }\n"
    again = '\n[[step]]\ncustomer = { reopen = true }\n[[step.case]]\nstatus = "open"\n'
    stays = '\n[[step]]\ncustomer = { leave = true }\nrefused = "its customer cannot leave it"\n'
    scenario.write_text(HEAD + CONFIRMED + closed + again + stays)
    assert run("simulate", str(scenario)).exit_code == 0
