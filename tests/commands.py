"""The command line as a person types it, on a real SQLite file; and a world that fills that file."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner, Result

from mailgate.cli import main
from mailgate.store.db import open_store
from world import World

CONFIG = """\
[mailbox.support]
address = "support@example.com"
aliases = ["help@example.com"]
subaddress = true

[mailbox.sales]
address = "sales@example.com"

[relay]
url = "maildir:sent"
"""


class Gate:
    """A folder with a configuration in it; `run` types a command, `json` gives what it printed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "mailgate.toml"
        self.config.write_text(CONFIG)

    def run(self, *words: str, stdin: bytes | None = None, config: bool = True) -> Result:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            arguments = [*words, *(["--config", str(self.config)] if config else [])]
            return CliRunner(env={"MAILGATE_CONFIG": ""}).invoke(main, arguments, input=stdin)
        finally:
            # A command sets the log up for a process of its own.
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.reset_defaults()

    def out(self, *words: str, stdin: bytes | None = None, config: bool = True) -> str:
        result = self.run(*words, stdin=stdin, config=config)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.out(*words, "--json"))

    def error(self, *words: str, code: int = 1, config: bool = True) -> str:
        """The last line of what it complained of; a traceback is none."""
        result = self.run(*words, config=config)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.stderr
        line = result.stderr.splitlines()[-1]
        assert line.startswith("Error: ")
        return line.removeprefix("Error: ").replace(str(self.home), "~")

    @contextmanager
    def world(self) -> Iterator[World]:
        """What happens in it is what the commands will see."""
        with closing(open_store(f"sqlite:///{self.home}/mailgate.db")) as store:
            yield World(store)
