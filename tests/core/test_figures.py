"""Figures add up whoever counts, and show themselves by name and label."""

from __future__ import annotations

import threading

from mailgate import figures


def test_many_threads_count_one_figure_and_none_is_lost() -> None:
    def work() -> None:
        for _ in range(1000):
            figures.count("tests_counted", door="a")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.count("tests_counted", 5, door="b")
    figures.gauge("tests_open", 3)
    figures.gauge("tests_open", 1)
    found = figures.snapshot()
    assert found['tests_counted{door="a"}'] == 8000
    assert found['tests_counted{door="b"}'] == 5
    assert found["tests_open"] == 1
    assert list(found) == sorted(found)
