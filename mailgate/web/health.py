"""`/healthz`: the loop lives. `/readyz`: all of the gate does its work; else 503, with what is wrong and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mailgate import __version__, figures
from mailgate.jobs import JOBS
from mailgate.web.watched import Watched

OLDEST_MAIL_SECONDS = 300.0
# Longer than a writer waits for another process (30 s) before it gives up and goes on.
SILENT_SECONDS = 120.0
_LATE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `why` is "" where it is well."""

    name: str
    why: str = ""
    remedy: str = ""


async def healthz(request: Request) -> Response:
    watched: Watched = request.app.state.watched
    up = (watched.clock.now() - watched.began).total_seconds()
    return JSONResponse({"alive": True, "version": __version__, "uptime_seconds": round(up)})


async def readyz(request: Request) -> Response:
    found, handed = await look(request.app.state.watched), request.app.state.handed
    wrong = [one for one in found if one.why]
    return JSONResponse(
        {
            "ready": not wrong,
            "wrong": [{"name": one.name, "why": one.why, "remedy": one.remedy} for one in wrong],
            "well": [one.name for one in found if not one.why],
            # A node that is taken out of service for it would help nobody.
            "unwise": [
                *(f"nodes: {why}" for why in request.app.state.watched.differing()),
                *([f"proxy: {handed.trouble}"] if handed.trouble else []),
            ],
            "proxy_asks_for": handed.name,
        },
        503 if wrong else 200,
    )


async def look(watched: Watched) -> list[Finding]:
    """Everything, in the order in which one would look for a fault."""
    vitals, writes = await watched.vitals.hear(), await watched.writes.hear()
    found = [
        Finding("database", vitals.why, "see that the database is there and answers: mailgate doctor"),
        Finding("database_writes", writes.why, "make room on its disk, or end what holds it: mailgate doctor"),
    ]
    if watched.objects is not None:
        why = (await watched.objects.hear()).why
        found.append(Finding("object_store", why, "see that it is there, and its keys are good: mailgate doctor"))
    oldest = vitals.answer.inbox_oldest if vitals.answer and not vitals.why else None
    age = (watched.clock.now() - oldest).total_seconds() if oldest else 0.0
    late = f"a mail has waited for {age:.0f} s" if age > OLDEST_MAIL_SECONDS else ""
    return [
        *found,
        Finding("inbox", late, "see which, and the log for why: mailgate inbox list --state waiting"),
        *parts(watched),
    ]


def parts(watched: Watched) -> Iterator[Finding]:
    """What this process does beside the database: its jobs, its roles, its doors."""
    now, done = watched.clock.now().timestamp(), _last_done()
    ticking = [job for job in JOBS if job.every_seconds < _LATE_SECONDS]
    late = [job.name for job in ticking if now - done.get(job.name, watched.began.timestamp()) > _LATE_SECONDS]
    yield Finding(
        "scheduler",
        f"these jobs have not run for {_LATE_SECONDS:.0f} s: {', '.join(late)}" if late else "",
        "restart mailgate; tell its makers what the log says",
    )
    # Doors are asked themselves, below.
    silent = [role for role in watched.silent(SILENT_SECONDS) if role != "door"]
    yield Finding(
        "roles",
        f"silent for {SILENT_SECONDS:.0f} s: {', '.join(silent)}" if silent else "",
        "see the log for what they wait for; where it says nothing, restart mailgate",
    )
    for name, door in watched.doors.items():
        why = door.trouble if door.is_serving else "it is closed"
        remedy = "see what its server says: mailgate doctor" if door.is_serving else "restart mailgate"
        yield Finding(f"door.{name}", why, remedy)


def _last_done() -> dict[str, float]:
    """When each job was done last, as a timestamp, by its name."""
    mine = [one for one in figures.figures() if one.name == "job_last_success_timestamp_seconds"]
    return {value: one.value for one in mine for label, value in one.labels if label == "job"}
