"""An engineer's answer that a guard holds: which of the commands beside it wait with it, and what he is told. A room of
`decide`."""

from __future__ import annotations

from collections.abc import Iterable

from mailgate.cases.command_words import Command, Word

# They say what an answer makes of the case; and nobody was answered.
_MOVES = frozenset({Word.CLOSE, Word.RESOLVE, Word.WAIT, Word.OPEN})
_HOW_TO_FREE = (
    "Answer this letter with /release, and it is sent as it is. The operator can send it, too: "
    "`mailgate outbox list --state held` shows its number, `mailgate outbox release NUMBER` sends it."
)


def moves(said: Iterable[Command]) -> tuple[Command, ...]:
    """Those of the commands that say what the case becomes."""
    return tuple(one for one in said if one.word in _MOVES)


def as_said(commands: Iterable[Command]) -> tuple[str, ...]:
    """Each as its writer could have written it."""
    return tuple(command.line for command in commands)


def told_waiting(hold: str, undone: Iterable[Command]) -> str:
    """Why his answer waits and how it gets away, for its writer; `undone` are the commands that wait with it."""
    waits = f"Your answer waits in the outbox until somebody releases it: {hold}."
    if names := ", ".join(as_said(undone)):
        waits += f" Not carried out: {names}; the case stays as it is until then."
    return f"{waits} {_HOW_TO_FREE}"
