"""`/metrics`: what this process counted (`figures.py`) and how the store fares, in Prometheus's text format.

Names that others build on (alerts, dashboards) stand in `config/monitoring/README.md`.
"""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from mailgate import __version__, figures
from mailgate.figures import BUCKETS, Figure
from mailgate.store.vitals import Vitals
from mailgate.web.asking import Heard
from mailgate.web.watched import Watched

# What doors count is one metric of two outcomes; everything else keeps its figure's name behind "mailgate_".
_RECEIVED = {"mails_stored": "stored", "mails_refused": "refused"}
_RENAMED = {"mails_decided": "messages_decided", "mails_shelved": "messages_failed"}
_TOLD = {
    "messages_received": "Mails that doors stored, or refused at the end of DATA.",
    "messages_decided": "Mails that were walked to their end, by what became of them.",
    "messages_failed": "Mails that were shelved.",
    "intake_seconds": "From the moment a mail came in until it was decided upon.",
    "imap_connected": "Whether the mailbox is being read by this process.",
    "sla_breached": "Service levels that were missed, by the priority of the case.",
    "job_last_success_timestamp_seconds": "When periodic work was done last.",
    "letters_sent": "Letters that the relay took.",
}


def prepare(doors: Iterable[str], priorities: Iterable[int]) -> None:
    """Counters that are there from the beginning: of what appears with its first event no increase is ever seen."""
    for door in doors:
        for name in _RECEIVED:
            figures.count(name, 0, door=door)
    for priority in sorted(set(priorities)):
        figures.count("sla_breached", 0, priority=str(priority))
    for name in ("letters_sent", "letters_put_off", "letters_given_up", "mails_shelved"):
        figures.count(name, 0)
    for outcome in ("filed", "held"):
        figures.count("mails_decided", 0, outcome=outcome)


async def metrics(request: Request) -> Response:
    watched: Watched = request.app.state.watched
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Of(await watched.vitals.hear(), watched.clock.now()))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class Of(Collector):
    """All of ours at one moment."""

    def __init__(self, heard: Heard[Vitals], now: datetime) -> None:
        self._heard, self._now = heard, now

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("mailgate_build_info", "Which mailgate this is.", labels=["version", "python"])
        build.add_metric([__version__, platform.python_version()], 1)
        yield build
        well = not self._heard.why
        yield GaugeMetricFamily("mailgate_store_up", "Whether the database answers.", value=int(well))
        if well and self._heard.answer is not None:
            yield from _of_the_store(self._heard.answer, self._now)
        yield from _of_this_process(figures.figures())


def _of_the_store(seen: Vitals, now: datetime) -> Iterator[Metric]:
    for name, told, value in (
        ("inbox_depth", "Mails that wait; 10000 for so many or more.", seen.waiting),
        ("inbox_oldest_seconds", "How long the oldest of them has waited.", _age(seen.inbox_oldest, now)),
        ("held_messages", "Mails that are held; 10000 for so many or more.", seen.held),
        ("shelved_messages", "Mails on which mailgate failed; each wants somebody to look.", seen.shelved),
        ("outbox_depth", "Letters that are queued; 10000 for so many or more.", seen.letters_queued),
        ("outbox_oldest_seconds", "How long the oldest of them has been queued.", _age(seen.outbox_oldest, now)),
        ("outbox_held", "Letters that are held; 10000 for so many or more.", seen.letters_held),
    ):
        yield GaugeMetricFamily(f"mailgate_{name}", told, value=value)
    if seen.books_at is not None:
        told = "Whether received = filed + held + shelved + dropped + waiting, when it was last looked at."
        yield GaugeMetricFamily("mailgate_books_balanced", told, value=int(not seen.books_faults))
        told = "When the books were gone through last, by whichever process."
        moment = seen.books_at.timestamp()
        yield GaugeMetricFamily("mailgate_books_last_success_timestamp_seconds", told, value=moment)


def _of_this_process(found: Iterable[Figure]) -> Iterator[Metric]:
    """One family for each name; of a family all figures have the same labels."""
    families: dict[str, dict[tuple[tuple[str, str], ...], list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        name, labels = _RENAMED.get(one.name, one.name), one.labels
        if one.name in _RECEIVED:
            door = tuple(pair for pair in labels if pair[0] == "door")
            name, labels = "messages_received", (*door, ("outcome", _RECEIVED[one.name]))
        families[name][labels].append(one)
    for name, figures_of in sorted(families.items()):
        yield _family(name, figures_of)


def _family(name: str, members: dict[tuple[tuple[str, str], ...], list[Figure]]) -> Metric:
    told, kind = _TOLD.get(name, name.replace("_", " ").capitalize() + "."), next(iter(members.values()))[0].kind
    names = [label for label, _ in next(iter(members))]
    if kind == "duration":
        histogram = HistogramMetricFamily(f"mailgate_{name}", told)
        for (one,) in members.values():
            below, bounds = 0, [*map(str, BUCKETS), "+Inf"]
            buckets = [(bound, below := below + count) for bound, count in zip(bounds, one.counts, strict=True)]
            histogram.add_metric([], buckets, one.value)
        return histogram
    family = (CounterMetricFamily if kind == "counter" else GaugeMetricFamily)(f"mailgate_{name}", told, labels=names)
    for labels, several in members.items():
        family.add_metric([value for _, value in labels], sum(one.value for one in several))
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
