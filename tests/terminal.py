"""A command on a terminal of its own, 40 columns wide: what such a thing is sent."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from commands import Gate


def environ_of(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color", "COLUMNS": "40"} | more


def on_a_terminal(gate: Gate, *words: str, **environ: str) -> str:
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mailgate", *words, "--config", str(gate.config)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=environ_of(**environ)) as running:
        os.close(theirs)
        sent = b""
        try:
            while piece := os.read(ours, 65536):
                sent += piece
        except OSError:
            pass  # EIO: the other side is closed
        running.wait()
    os.close(ours)
    return sent.decode()
