"""JOBS: the one table of all periodic work. APScheduler only ticks it; what is due, the store knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from mailgate import figures
from mailgate.clock import Clock

CLOCK_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """Whom the jobs may wake, or have work in their own thread. Each is safe to call from any thread."""

    wake_worker: Callable[[], None]
    wake_sender: Callable[[], None]
    wake_timekeeper: Callable[[], None]
    tell_figures: Callable[[], None]
    forget: Callable[[], None]
    reconcile: Callable[[], object]
    rotate_keys: Callable[[], object]
    index: Callable[[], object]
    purge_index: Callable[[], object]
    reckon: Callable[[], object]
    delete_objects: Callable[[], object]
    sweep_objects: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is looked after every so many seconds or, with `at` ("03:17", UTC), once a day. It must be harmless to
    run it twice or late."""

    name: str
    every_seconds: float
    run: Callable[[Rounds], object]
    why: str
    at: str = ""


_DAY = 86_400.0

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
    Job("search", 2.0, lambda rounds: rounds.index(), "what was said since, for whoever searches for it"),
    Job("pictures", 60.0, lambda rounds: rounds.reckon(), "what the desk's pictures show, counted day by day"),
    Job("figures", 3600.0, lambda rounds: rounds.tell_figures(), "what was counted, for whoever reads the log"),
    Job(
        "link_keys", _DAY, lambda rounds: rounds.rotate_keys(), "keys that sign links to pages, by and by new", "02:41"
    ),
    Job(
        "books",
        _DAY,
        lambda rounds: rounds.reconcile(),
        "received = filed + held + shelved + dropped + waiting",
        "03:17",
    ),
    Job(
        "purge", _DAY, lambda rounds: rounds.purge_index(), "words that retention took leave the index's file", "03:47"
    ),
    Job("objects", 600.0, lambda rounds: rounds.delete_objects(), "what was forgotten leaves the object store, too"),
    Job(
        "orphans", _DAY, lambda rounds: rounds.sweep_objects(), "what was put, and the commit of it never came", "04:17"
    ),
)


def ticker(rounds: Rounds, clock: Clock) -> AsyncIOScheduler:
    """A scheduler, not yet started, that runs every job of the table, in threads of the running loop."""
    scheduler = AsyncIOScheduler(
        timezone="UTC",  # a cron-like trigger in a zone fires twice when a DST night folds
        # A stall must neither drop a run (the default grace is 1 s) nor pile runs up.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in JOBS:
        hour, _, minute = job.at.partition(":")
        daily = CronTrigger(hour=hour, minute=minute, timezone="UTC") if job.at else None
        when = daily or IntervalTrigger(seconds=job.every_seconds, timezone="UTC")
        scheduler.add_job(ran, when, args=[job, rounds, clock], id=job.name)
    return scheduler


def ran(job: Job, rounds: Rounds, clock: Clock) -> None:
    """Does the job, and notes when that was done; an exception is the scheduler's to log."""
    job.run(rounds)
    figures.gauge("job_last_success_timestamp_seconds", clock.now().timestamp(), job=job.name)


async def keep_time(scheduler: AsyncIOScheduler, clock: Clock) -> None:
    """The scheduler goes by the machine's clock, and clocks are put back."""
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        if late := set_right(scheduler, clock.now()):
            log.warning("the clock was put back; periodic work goes on", jobs=late)


def set_right(scheduler: AsyncIOScheduler, now: datetime) -> list[str]:
    """Lets those jobs run now whose next run no interval reaches: that moment was set by a clock that has been put back
    since. Gives their names. To be called in the scheduler's loop."""
    every = {job.name: timedelta(seconds=job.every_seconds) for job in JOBS}
    late = [job for job in scheduler.get_jobs() if job.next_run_time and job.next_run_time > now + 2 * every[job.id]]
    for job in late:
        job.modify(next_run_time=now)
    return [job.id for job in late]
