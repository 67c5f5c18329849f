"""What this process has counted since it began: counters, gauges and durations, for whoever runs the gate.

They are this process's alone and end with it; what must outlive it is in the store. Safe from any thread. The log tells
them at SIGUSR1, `web/metrics.py` to Prometheus.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# Upper bounds in seconds of what a duration is counted under: from a mail that finds the house idle to one that waited
# out a night without a database.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 14400.0)

Labels = tuple[tuple[str, str], ...]

_lock = threading.Lock()
_figures: dict[tuple[str, Labels], Figure] = {}


@dataclass(slots=True)
class Figure:
    """One figure as it stands. Of durations `value` is the sum in seconds, and `counts` how many there were under each
    of BUCKETS, and last those above all."""

    name: str
    kind: Literal["counter", "gauge", "duration"]
    labels: Labels
    value: float = 0.0
    counts: tuple[int, ...] = ()


def count(name: str, by: int = 1, **labels: str) -> None:
    """So many more. Names are plural nouns (`letters_held`), labels few and of few values: a door, never an address."""
    with _lock:
        _figure(name, "counter", labels).value += by


def gauge(name: str, value: float, **labels: str) -> None:
    """How it stands now."""
    with _lock:
        _figure(name, "gauge", labels).value = value


def observe(name: str, seconds: Iterable[float]) -> None:
    """It took so long, once for each."""
    with _lock:
        figure = _figure(name, "duration", {})
        counts = list(figure.counts or (0,) * (len(BUCKETS) + 1))
        for one in seconds:
            figure.value += one
            counts[sum(one > bound for bound in BUCKETS)] += 1
        figure.counts = tuple(counts)


def figures() -> list[Figure]:
    """All of them at one moment, in the order of their names."""
    with _lock:
        found = [Figure(one.name, one.kind, one.labels, one.value, one.counts) for one in _figures.values()]
    return sorted(found, key=lambda one: (one.name, one.labels))


def snapshot() -> dict[str, float]:
    """All of them by name: `mails_stored{door="smtp"}` (as Prometheus writes it); of durations count and sum."""
    said: dict[str, float] = {}
    for one in figures():
        inner = ",".join(f'{label}="{value}"' for label, value in one.labels)
        if one.kind == "duration":
            said |= {f"{one.name}_count": sum(one.counts), f"{one.name}_sum": round(one.value, 3)}
        else:
            said[f"{one.name}{{{inner}}}" if inner else one.name] = one.value
    return dict(sorted(said.items()))


def _figure(name: str, kind: Literal["counter", "gauge", "duration"], labels: dict[str, str]) -> Figure:
    key = name, tuple(sorted(labels.items()))
    return _figures.setdefault(key, Figure(name, kind, key[1]))
