"""What verbs have in common: which settings they read, and how they open the store without making one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from mailgate import telemetry
from mailgate.cli import show
from mailgate.errors import SchemaError
from mailgate.settings import Settings, load_settings
from mailgate.store.db import Store, check_schema, is_empty
from mailgate.store.opening import open_as_set

F = TypeVar("F", bound=Callable[..., Any])


def with_config(function: F) -> F:
    """`--config FILE`, given to the verb as `config`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, readable=False),  # whoever reads it says why he cannot
        envvar="MAILGATE_CONFIG",
        default=Path("/etc/mailgate/mailgate.toml"),
        show_default="$MAILGATE_CONFIG or /etc/mailgate/mailgate.toml",
        metavar="FILE",
        help="The settings file.",
    )(function)


def with_json(function: F) -> F:
    """`--json`, given to the verb as `as_json`; and `--color`, which what prints tables asks click for."""
    function = click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        expose_value=False,
        callback=_color,
        help="Colours: by itself only on a terminal, and not where NO_COLOR is set.",
    )(function)
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def _color(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[show.COLOR] = value


def quiet() -> None:
    """A command says what it has to say itself; of the log only what went wrong is shown, on stderr."""
    telemetry.set_up(level=logging.ERROR)


@contextmanager
def opened(config: Path) -> Iterator[tuple[Settings, Store]]:
    """The settings and their store, which must be there and of this version: looking does not make one."""
    quiet()
    settings = load_settings(config)
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            store = open_as_set(settings.store)
            stack.callback(store.close)
            if is_empty(store):
                raise SchemaError(
                    f"{store.name}: there is no store yet; start `mailgate serve --config {config}`, "
                    f"or make an empty one: mailgate db upgrade --config {config}"
                )
            check_schema(store)
        yield settings, store
