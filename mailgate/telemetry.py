"""Sets up how the house speaks to those who run it: one line an event, on stderr, with the ids it is about.

On a terminal it is for eyes; elsewhere one JSON object a line; under systemd the same with the journal's `<N>` prefix,
so that `journalctl -p warning` works. Secrets stay out: no traceback shows a local variable, no line a reply token.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ProcessorReturnValue, WrappedLogger

# They tell of each mail, tick or line of protocol at a level above its worth; some log what is in the mail.
QUIET = ("mail.log", "apscheduler", "imapclient", "alembic", "asyncio", "sqlalchemy.engine")
# What these have to say of a mail quotes it, tracebacks included; what they could not read stands in its defects.
MUTE = ("mailparser", "flufl.bounce")

# What our return paths, Reply-To addresses and Message-IDs carry: whoever knows it may write in its recipient's name.
# Other servers quote it, loops bring it back, and any line may hold such an address.
# So does what stands in the path of a link to a page of ours.
_TOKEN = re.compile(
    r"(?<=\+[rb])[0-9a-z]{20}(?=@)|(?<=<r)[0-9a-z]{20}(?=\.)|(?<=/)[0-9a-z_-]{43,512}(?![0-9a-z_-])", re.IGNORECASE
)

# What stands in each line, and can always be written.
_SURE = ("event", "level", "logger", "timestamp")
# sd-daemon(3): the priority of a line for the journal.
_PRIORITIES: Mapping[str, int] = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def set_up(*, level: int = logging.INFO, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """From now on structlog and the standard library's logging both end on `stream` (stderr), in one form.

    Context that is to stand on every line of a task is bound with `structlog.contextvars.bound_contextvars(mail=7)`.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(out)
    form = [*_form(out, environ), _masked]
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *form],
        )
    )
    # No line of ours says which thread or place of the code it is from: the library need not find out for each.
    logging._srcfile = None  # noqa: SLF001 - as its manual says under "Optimization"
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _Formed(form),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Not cached: a second set_up (a test, a child process) must reach the loggers that exist already.
        cache_logger_on_first_use=False,
    )


def without_tokens(text: str) -> str:
    """The text with every token in it masked."""
    # Most lines hold nothing that a token stands behind, and this is asked of each.
    if "+" not in text and "<" not in text and "/" not in text:
        return text
    return _TOKEN.sub("…", text)


class _Line(str):
    """A line of ours as it is to stand there."""

    __slots__ = ()


class _Formed:
    """Makes the line within the call that says it, which a value that cannot be written must not end."""

    def __init__(self, form: Sequence[structlog.typing.Processor]) -> None:
        self._form = form

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> ProcessorReturnValue:
        sure = {key: event[key] for key in _SURE if key in event}
        try:
            return self._made(logger, name, event)
        except Exception as error:  # noqa: BLE001 - any value may stand in a line
            return self._made(logger, name, sure | {"unsaid": type(error).__name__})

    def _made(self, logger: WrappedLogger, name: str, event: Any) -> ProcessorReturnValue:
        for one in self._form:
            event = one(logger, name, event)
        return event  # type: ignore[no-any-return]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Brings what libraries say into our form. Lines of ours have it already: made once, not as an event and again."""

    def format(self, record: logging.LogRecord) -> str:
        return record.msg if isinstance(record.msg, _Line) else super().format(record)


def _masked(_logger: WrappedLogger, _name: str, line: Any) -> str:
    return _Line(without_tokens(line))


def _form(out: TextIO, environ: Mapping[str, str]) -> list[structlog.typing.Processor]:
    if out.isatty():
        return [_tamed, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    # FACTS: structlog's ready-made `dict_tracebacks` prints local variables, passwords included.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
    )
    json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if environ.get("JOURNAL_STREAM"):
        return [tracebacks, _journal(json)]
    return [tracebacks, json]


def _tamed(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """What strangers wrote (a HELO, a subject) must not steer the terminal of whoever watches."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event


def _journal(render: structlog.processors.JSONRenderer) -> structlog.typing.Processor:
    def prefixed(logger: WrappedLogger, name: str, event: EventDict) -> ProcessorReturnValue:
        priority = _PRIORITIES.get(str(event.get("level")), 6)
        # The journal has a time of its own.
        event.pop("timestamp", None)
        line: Any = render(logger, name, event)
        return f"<{priority}>{line}"

    return prefixed
