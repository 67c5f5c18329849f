"""What the README says of the shipped policies, and of the desk by hand, is so."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click

from mailgate import shipped
from mailgate.cli import NOT_FOUND, VERBS, Verb, main
from mailgate.policy.load import load_policy

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOUNS = ("case", "inbox", "outbox", "block", "contact", "engineer")


def test_the_policies_that_have_a_ladder_are_named_where_a_case_is_sent_up_one() -> None:
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("--escalate")
    said = re.search(r"where the policy has a ladder\s+\((?P<some>[^;)]+); not (?P<none>\w+)\)", after[:300])
    assert said
    ladders = {
        name
        for name in shipped.policy_names(ROOT)
        if load_policy(ROOT / "config" / "policies" / f"{name}.toml").escalation.rungs
    }
    assert set(said["some"].split(", ")) == ladders
    assert said["none"] not in ladders


def test_the_exit_codes_of_the_help_are_those_of_the_readme() -> None:
    section = README.partition("**Exit codes**")[2].partition("\n## ")[0]
    told = re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)
    assert told == ["0", "1", "2", "3", "75"]
    assert re.findall(r"\b(\d+) ", (main.epilog or "").partition("Exit codes:")[2]) == told
    assert str(NOT_FOUND) in told


def test_what_takes_a_dry_run_is_named_and_nothing_else() -> None:
    section = README.partition("**What destroys takes `--dry-run`**:")[2].partition(". ")[0]
    named, noun = set[str](), ""
    for words in re.findall(r"`([a-z -]+)`", section):
        noun = words.partition(" ")[0] if " " in words else noun
        named.add(words if " " in words else f"{noun} {words}")
    taking = {verb.words for verb in VERBS if any(one.name == "dry_run" for one in command_of(verb).params)}
    assert {one for one in taking if one.split()[0] in NOUNS} == named


def test_each_command_of_the_desk_by_hand_is_one_that_there_is() -> None:
    section = README.partition("## The desk by hand")[2].partition("\n## ")[0]
    known = {verb.words for verb in VERBS}
    used = re.findall(r"mailgate ((?:case|inbox|outbox|block|contact|engineer) [a-z]+)", section)
    assert len(used) > 15
    assert set(used) <= known
    for noun in NOUNS:
        assert any(words.startswith(noun) for words in used), noun
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", section))
    there = {option for verb in VERBS for one in command_of(verb).params for option in one.opts}
    assert options - there == {"--help"}


def command_of(verb: Verb) -> click.Command:
    module, function = verb.place.split(":")
    command = getattr(import_module(f"mailgate.cli.{module}"), function)
    assert isinstance(command, click.Command)
    return command
