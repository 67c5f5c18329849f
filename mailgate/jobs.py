"""JOBS: the one table of all periodic work. APScheduler only ticks it; what is due, the store knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler


@dataclass(frozen=True, slots=True)
class Rounds:
    """Whom the jobs may wake."""

    wake_worker: Callable[[], None]
    wake_sender: Callable[[], None]
    wake_timekeeper: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is looked after every so many seconds. It must be harmless to run it twice or late."""

    name: str
    every_seconds: float
    run: Callable[[Rounds], None]
    why: str


JOBS = (
    Job(
        "inbox",
        1.0,
        lambda rounds: rounds.wake_worker(),
        "mail of other processes (pipe), and what is to be tried again",
    ),
    Job("outbox", 1.0, lambda rounds: rounds.wake_sender(), "letters of other processes, and those due again"),
    Job("time", 2.0, lambda rounds: rounds.wake_timekeeper(), "what is due to a case: reminders, breaches, closings"),
)


def ticker(rounds: Rounds) -> AsyncIOScheduler:
    """A scheduler, not yet started, that runs every job of the table in the running loop."""
    scheduler = AsyncIOScheduler(
        timezone="UTC",  # a cron-like trigger in a zone fires twice when a DST night folds
        # A stall must neither drop a run (the default grace is 1 s) nor pile runs up.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in JOBS:
        scheduler.add_job(job.run, "interval", args=[rounds], seconds=job.every_seconds, id=job.name)
    return scheduler
