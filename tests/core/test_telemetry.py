"""What the house says can be read by people, by machines and by the journal, and tells no secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from mailgate import telemetry


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def speak(stream: io.StringIO, **environ: str) -> str:
    telemetry.set_up(stream=stream, environ=environ)
    with structlog.contextvars.bound_contextvars(inbound_id=7):
        structlog.get_logger("mailgate.pipeline").warning("mail failed", subject="\x1b[31mü")
    return stream.getvalue()


def fail(stream: io.StringIO, **environ: str) -> str:
    telemetry.set_up(stream=stream, environ=environ)
    password = "hunter2"
    try:
        int(password[:0])
    except ValueError:
        structlog.get_logger("mailgate.relay").exception("relay down")
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_each_event_is_one_line_of_json() -> None:
    said = json.loads(speak(io.StringIO()))
    assert said.pop("timestamp").endswith("Z")
    assert said == {
        "event": "mail failed",
        "inbound_id": 7,
        "level": "warning",
        "logger": "mailgate.pipeline",
        "subject": "\x1b[31mü",
    }


def test_under_systemd_each_line_has_the_priority_that_the_journal_reads() -> None:
    assert speak(io.StringIO(), JOURNAL_STREAM="9:1").startswith('<4>{"')
    assert fail(io.StringIO(), JOURNAL_STREAM="9:1").startswith('<3>{"')


def test_on_a_terminal_the_line_is_for_eyes_and_strangers_words_do_not_steer_it() -> None:
    said = speak(Terminal())
    assert "mail failed" in said
    assert "inbound_id" in said
    assert "\x1b[31mü" not in said


def test_a_traceback_is_one_line_and_shows_no_local_variable() -> None:
    said = fail(io.StringIO())
    assert said.count("\n") == 1
    assert json.loads(said)["exception"][0]["exc_type"] == "ValueError"
    assert "hunter2" not in said
    assert "hunter2" not in fail(Terminal()).replace('password = "hunter2"', "")


def test_libraries_speak_in_our_form_and_the_talkative_only_when_it_matters() -> None:
    stream = io.StringIO()
    telemetry.set_up(stream=stream, environ={})
    for name in telemetry.QUIET:
        logging.getLogger(name).info("chatter")
    logging.getLogger("apscheduler").warning("missed %s", "tick")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "missed tick"


def test_debug_is_silent_unless_asked_for() -> None:
    for level, wanted in ((logging.INFO, 0), (logging.DEBUG, 1)):
        stream = io.StringIO()
        telemetry.set_up(level=level, stream=stream, environ={})
        structlog.get_logger("mailgate").debug("detail")
        assert len(stream.getvalue().splitlines()) == wanted


@pytest.mark.parametrize("environ", [{}, {"JOURNAL_STREAM": "8:1"}], ids=["elsewhere", "journal"])
def test_a_value_that_cannot_be_written_ends_no_line_and_not_what_it_is_about(environ: dict[str, str]) -> None:
    stream = io.StringIO()
    telemetry.set_up(stream=stream, environ=environ)
    round_about: dict[str, object] = {}
    round_about["again"] = round_about
    structlog.get_logger("mailgate.pipeline").error("mail failed", inbound=7, why=round_about)
    said = json.loads(stream.getvalue().removeprefix("<3>"))
    said.pop("timestamp", None)
    assert said == {"event": "mail failed", "level": "error", "logger": "mailgate.pipeline", "unsaid": "ValueError"}
