"""A house beside the daemon, for the verbs that act; and who acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailgate import app
from mailgate.cli.opening import opened
from mailgate.house import House

# Who acts when somebody types a command: whoever may, on this machine.
OPERATOR = "operator"


@contextmanager
def housed(config: Path) -> Iterator[House]:
    """A house on a store that is there already."""
    with opened(config):
        pass
    with app.open_house(config) as house:
        yield house
