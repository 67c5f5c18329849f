"""Writes down what became of letters: sent, to be tried again, given up with an entry on the case. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.cases.letter_kinds import LetterKind
from mailgate.errors import RelayError, StoreError
from mailgate.outbox.clean import one_line
from mailgate.store import claims, marks
from mailgate.store.db import Store
from mailgate.store.lease import LEASE
from mailgate.store.rows import Outgoing
from mailgate.telemetry import without_tokens

_MOST_WORDS = 400
_MOST_TRIES = 3

OnFailed = Callable[[Connection, Outgoing, str, datetime], None]
OnAccepted = Callable[[Connection, Outgoing, datetime], None]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt: sent where there is no `error`, else tried again at `retry_at` or, without it, given
    up. `tries` counts how often it could not be recorded for a reason of its own."""

    outgoing: Outgoing
    error: RelayError | None
    retry_at: datetime | None = None
    tries: int = 0

    @property
    def given_up(self) -> bool:
        return self.error is not None and self.retry_at is None

    @property
    def why(self) -> str:
        # A relay may quote our return path or Message-ID in its answer, and this is shown to whoever sees the case.
        return one_line(without_tokens(str(self.error)), _MOST_WORDS)


def record(
    store: Store,
    holder: str,
    results: Sequence[Result],
    on_failed: OnFailed,
    on_accepted: OnAccepted,
    now: datetime,
) -> list[Result]:
    """Those that could not be recorded, to be given again. Each that is given up, or that its case waits for, has a
    transaction of its own, so that trouble with its case is no trouble of the others."""
    given_up = [result for result in results if result.given_up]
    awaited = [result for result in results if result.error is None and _is_awaited(result.outgoing)]
    others = [result for result in results if result not in given_up and result not in awaited]
    left = _mark(store, holder, others, now) if others else []
    for result in given_up:
        left += _give_up(store, holder, result, on_failed, now)
    for result in awaited:
        left += _accepted(store, result, on_accepted, now)
    return left


def _is_awaited(outgoing: Outgoing) -> bool:
    """Whether time goes on for its case only once the relay has it."""
    return outgoing.key.partition("/")[2].startswith(f"{LetterKind.CLOSING_NOTICE}/")


def _accepted(store: Store, result: Result, on_accepted: OnAccepted, now: datetime) -> list[Result]:
    outgoing = result.outgoing
    try:
        with store.write() as connection:
            # Where another process sent it, too, and was quicker to say so, its case has been told.
            if marks.mark_sent(connection, [outgoing.id], now) and result.tries < _MOST_TRIES:
                on_accepted(connection, outgoing, now)
    except StoreError as error:
        log.warning("a sent letter cannot be marked; trying again", because=str(error), **traits(outgoing))
        return [result]
    except Exception:  # whatever it is, the letter is out: forgetting it would send it again
        log.exception("a sent letter cannot be marked; trying again", **traits(outgoing))
        return [replace(result, tries=result.tries + 1)]
    figures.count("letters_sent", 1)
    log.info("letter sent", **traits(outgoing))
    return []


def traits(outgoing: Outgoing) -> dict[str, object]:
    """What log lines say of a letter: nothing that its recipient alone may know. `inbound` is the id that the lines of
    the mail carry, which it answers."""
    kind = outgoing.key.split("/")[1] if "/" in outgoing.key else ""
    return {
        "outbox": outgoing.id,
        "inbound": outgoing.inbound,
        "case": outgoing.case,
        "kind": kind,
        "attempt": outgoing.attempts + 1,
    }


def _mark(store: Store, holder: str, results: list[Result], now: datetime) -> list[Result]:
    sent = [result for result in results if result.error is None]
    late = [(result, result.retry_at) for result in results if result.retry_at is not None]
    try:
        with store.write() as connection:
            if sent:
                marks.mark_sent(connection, [result.outgoing.id for result in sent], now)
            ours = _ours(connection, holder, [result for result, _ in late], now)
            for result, retry_at in late:
                if result.outgoing.id in ours:
                    marks.retry_outbox(connection, result.outgoing.id, result.why, retry_at)
    except StoreError as error:
        log.warning("sent letters cannot be marked; trying again", count=len(results), because=str(error))
        return results
    except Exception:  # whatever it is, the letters are out: forgetting them would send them again
        log.exception("sent letters cannot be marked; trying again", count=len(results))
        return results
    figures.count("letters_sent", len(sent))
    figures.count("letters_put_off", len(late))
    for result in sent:
        log.info("letter sent", **traits(result.outgoing))
    for result, retry_at in late:
        log.warning(
            "letter not taken; trying again", **traits(result.outgoing), why=result.why, due_at=retry_at.isoformat()
        )
    return []


def _give_up(store: Store, holder: str, result: Result, on_failed: OnFailed, now: datetime) -> list[Result]:
    outgoing = result.outgoing
    try:
        with store.write() as connection:
            if not _ours(connection, holder, [result], now):
                return []
            marks.mark_failed(connection, outgoing.id, result.why, now)
            if result.tries < _MOST_TRIES:
                on_failed(connection, outgoing, result.why, now)
    except StoreError:  # the database, or somebody wrote on the case meanwhile
        log.warning("a failed letter cannot be marked; trying again", exc_info=True, **traits(outgoing))
        return [result]
    except Exception:
        log.exception("a failed letter cannot be put on its case", **traits(outgoing))
        return [replace(result, tries=result.tries + 1)]
    figures.count("letters_given_up")
    log.warning("letter given up", **traits(outgoing), why=result.why)
    return []


def _ours(connection: Connection, holder: str, results: Sequence[Result], now: datetime) -> frozenset[int]:
    """Those whose lease is still ours: of the others somebody else will say what became of them."""
    ids = [result.outgoing.id for result in results]
    return claims.renew(connection, "outbox", ids, holder, now, LEASE) if ids else frozenset()
