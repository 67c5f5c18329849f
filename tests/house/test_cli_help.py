"""The command line says what it can do, quickly, and nothing that it cannot."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from commands import Gate
from mailgate import __version__
from mailgate.cli import VERBS, Verb


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_every_verb_is_there_and_says_of_itself_what_the_list_says(verb: Verb, tmp_path: Path) -> None:
    module, function = verb.place.split(":")
    command = getattr(import_module(f"mailgate.cli.{module}"), function)
    assert isinstance(command, click.Command)
    assert command.name == verb.words.split()[-1]
    first = (command.help or "").partition("\n\n")[0].replace("\n", " ")
    assert first.startswith(verb.help.rstrip("."))
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{verb.words} {option.name}"
    if verb.words != "deliver":
        assert "Usage:" in Gate(tmp_path).out(*verb.words.split(), "--help", config=False)


def test_help_shows_every_verb_by_what_it_does(tmp_path: Path) -> None:
    text = Gate(tmp_path).out("--help", config=False)
    sections = [text.index(heading) for heading in ("Run:", "Look (changes nothing):", "Act:")]
    assert sections == sorted(sections)
    for verb in VERBS:
        assert f"  {verb.words} " in text
    told = Gate(tmp_path).out("case", "--help", config=False)
    assert "  list  " in told
    assert "3 a number, id or address that is not there" in " ".join(told.split())


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mailgate.__main__ import main; sys.argv = ['mailgate', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sqlalchemy', 'pydantic', 'rich', 'structlog', 'aiosmtpd') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_demo_promises_no_longer_a_wait_than_it_takes(tmp_path: Path) -> None:
    for text in (Gate(tmp_path).out("--help", config=False), Gate(tmp_path).out("demo", "--help", config=False)):
        assert "The whole story in a few seconds" in text


def test_the_version_has_two_names(tmp_path: Path) -> None:
    for flag in ("-v", "--version"):
        assert Gate(tmp_path).out(flag, config=False) == f"mailgate {__version__}\n"


def test_a_command_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    assert gate.error("outbocks", code=2, config=False) == 'there is no command "outbocks"; did you mean "outbox"?'
    assert gate.error("case", "burn", code=2, config=False).startswith(
        'there is no command "burn"; there are: list, show'
    )
    assert gate.error("case", "list", "--stat", code=2, config=False).startswith("No such option")
