"""The manual page and the completion are made of the command line, and say all of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import mailgate
from commands import Gate
from mailgate.cli import VERBS, Verb, command_of
from mailgate.cli.manual import page
from servers import require

SHIPPED = Path(mailgate.__file__).parent / "cli" / "mailgate.1"
HEAVY = """aiosmtpd aiosmtplib alembic apscheduler cryptography dkim holidays imapclient inscriptis jinja2 lxml
mailparser nh3 psycopg pydantic rich sqlalchemy sqlite3 sqlmodel structlog""".split()


def plain(roff: str) -> str:
    return re.sub(r"\\f[BRI]|\\&", "", roff).replace(r"\-", "-").replace(r"\e", "\\")


def test_the_shipped_page_is_the_one_that_the_command_line_makes() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == page(), "run: python -m mailgate man > mailgate/cli/mailgate.1"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_the_page_covers_every_verb_and_every_option(verb: Verb) -> None:
    _, found, after = plain(SHIPPED.read_text(encoding="utf-8")).partition(f"\nmailgate {verb.words} ")
    assert found
    part = after.partition("\n.RE\n")[0]
    assert verb.help.rstrip(".") in part
    for option in command_of(verb).params:
        if isinstance(option, click.Option):
            assert option.opts[0] in part


def test_every_line_of_the_page_is_a_request_that_man_knows_or_words() -> None:
    requests = {
        line.split()[0] for line in SHIPPED.read_text(encoding="utf-8").splitlines() if line.startswith((".", "'"))
    }
    assert requests == {".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".B", ".nf", ".fi"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_that_asks_mailgate(tmp_path: Path, shell: str) -> None:
    script = Gate(tmp_path).out("completion", shell, config=False)
    assert f"_MAILGATE_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize(
    ("typed", "there"),
    [("ca", "case"), ("case me", "merge"), ("db copy --dry", "--dry-run"), ("completion f", "fish")],
)
def test_a_real_bash_completes_commands_and_options(tmp_path: Path, typed: str, there: str) -> None:
    bash = require(shutil.which("bash"), "bash")
    command = tmp_path / "mailgate"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from mailgate.__main__ import main; main()" "$@"\n')
    command.chmod(0o755)
    script = (
        f'eval "$(mailgate completion bash)"; COMP_WORDS=(mailgate {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));'
        '_mailgate_completion mailgate; echo "${COMPREPLY[@]}"'
    )
    environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([bash, "--norc", "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([there], "")


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], env=os.environ | environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [("--help",), ("case", "--help"), ("--version",), ()], ids=" ".join)
def test_what_only_names_verbs_imports_nothing_that_takes_time(words: tuple[str, ...]) -> None:
    asked = {} if words else {"_MAILGATE_COMPLETE": "bash_complete", "COMP_WORDS": "mailgate c", "COMP_CWORD": "1"}
    code = (
        f"import sys; from mailgate.__main__ import main; sys.argv = ['mailgate', *{words}]\n"
        "try: main()\n"
        f"finally: print([one for one in {HEAVY} if one in sys.modules])"
    )
    assert run("-c", code, **asked).stdout.endswith("[]\n")


def test_help_takes_a_few_times_what_python_takes_to_do_nothing() -> None:
    """Of five each the quickest: 0.05 s beside 0.005. What would take a second takes hundreds of such starts."""

    def quickest(*words: str) -> float:
        taken = []
        for _ in range(5):
            begun = time.perf_counter()
            assert run(*words).returncode == 0
            taken.append(time.perf_counter() - begun)
        return min(taken)

    assert quickest("-m", "mailgate", "--help") < 30 * quickest("-c", "pass")


def test_the_changes_name_this_version() -> None:
    changes = (Path(mailgate.__file__).parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(mailgate.__version__)}\b", changes, re.MULTILINE)
