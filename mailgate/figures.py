"""What this process has counted since it began: counters and gauges by name and label, for whoever runs the gate.

They are this process's alone and end with it; what must outlive it is in the store. Safe from any thread.
"""

from __future__ import annotations

import threading

_lock = threading.Lock()
_figures: dict[str, float] = {}


def count(name: str, by: int = 1, **labels: str) -> None:
    """So many more. Names are plural nouns (`letters_held`), labels few and of few values: a door, never an address."""
    key = _key(name, labels)
    with _lock:
        _figures[key] = _figures.get(key, 0) + by


def gauge(name: str, value: float, **labels: str) -> None:
    """How it stands now."""
    key = _key(name, labels)
    with _lock:
        _figures[key] = value


def snapshot() -> dict[str, float]:
    """All of them at one moment, in the order of their names: `mails_stored{door="smtp"}` (as Prometheus writes it)."""
    with _lock:
        return dict(sorted(_figures.items()))


def _key(name: str, labels: dict[str, str]) -> str:
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}" if inner else name
