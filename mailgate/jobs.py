"""JOBS: the one table of all periodic work. APScheduler only ticks it; what is due, the store knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler


@dataclass(frozen=True, slots=True)
class Rounds:
    """Whom the jobs may wake."""

    wake_worker: Callable[[], None]
    wake_sender: Callable[[], None]
    wake_timekeeper: Callable[[], None]
    tell_figures: Callable[[], None]
    forget: Callable[[], None]


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
    Job("retention", 600.0, lambda rounds: rounds.forget(), "what is over long enough to be forgotten"),
    Job("figures", 3600.0, lambda rounds: rounds.tell_figures(), "what was counted, for whoever reads the log"),
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


def set_right(scheduler: AsyncIOScheduler, now: datetime) -> list[str]:
    """Lets those jobs run now whose next run no interval reaches: that moment was set by a clock that has been put back
    since. Gives their names. To be called in the scheduler's loop."""
    late = [
        job for job in scheduler.get_jobs() if job.next_run_time and job.next_run_time > now + 2 * job.trigger.interval
    ]
    for job in late:
        job.modify(next_run_time=now)
    return [job.id for job in late]
