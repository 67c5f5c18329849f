"""config/monitoring: every figure is documented, and rules and dashboard speak of no metric that /metrics has not."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from mailgate import figures, shipped
from mailgate.store.vitals import Vitals
from mailgate.web.asking import Heard
from mailgate.web.metrics import Of, prepare
from moments import NOON

FOLDER = shipped.folder("config") / "monitoring"
SOURCE = Path(__file__).parents[2] / "mailgate"
_METRIC = re.compile(r"\bmailgate_[a-z_]+[a-z]\b")
_COUNTED = re.compile(r'figures\.(count|gauge|observe)\(\s*"(\w+)"([^\n]*)')
_VITALS = Vitals(NOON, NOON, 1, 1, 1, 1, 1, NOON, "")


def shown() -> dict[str, frozenset[str]]:
    """All metrics there are, with their labels: every figure that the source speaks of is counted once."""
    prepare(["smtp"], [1])
    for file in SOURCE.rglob("*.py"):
        for kind, name, rest in _COUNTED.findall(file.read_text(encoding="utf-8")):
            labels = dict.fromkeys(re.findall(r"\b([a-z]+)=", rest), "x")
            if kind == "observe":
                figures.observe(name, [1.0])
            elif name not in {one.name for one in figures.figures()}:
                (figures.count if kind == "count" else figures.gauge)(name, 1, **labels)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Of(Heard(_VITALS, ""), NOON))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (one.name + "_total" if one.type == "counter" else one.name): frozenset(
            label for sample in one.samples for label in sample.labels if label != "le"
        )
        for one in families
    }


def documented() -> dict[str, frozenset[str]]:
    rows = re.findall(r"^\| `(mailgate_\w+)(?:\{([\w,]+)\})?`", (FOLDER / "README.md").read_text(), flags=re.MULTILINE)
    return {name: frozenset(filter(None, labels.split(","))) for name, labels in rows}


def test_every_metric_is_documented_with_its_labels_and_no_other() -> None:
    found = {name: labels for name, labels in shown().items() if not name.startswith("mailgate_tests_")}
    assert documented() == found


def test_rules_and_dashboard_name_only_metrics_that_are_there() -> None:
    known = set(documented())
    for file in ("alerts.yml", "dashboard.json"):
        named = set(_METRIC.findall((FOLDER / file).read_text()))
        assert len(named) > 8
        assert {name.removesuffix("_bucket") for name in named} <= known


def test_every_alert_says_what_helps() -> None:
    text = (FOLDER / "alerts.yml").read_text()
    rules = text.split("- alert: ")[1:]
    names = [rule.partition("\n")[0] for rule in rules]
    assert len(set(names)) == len(names) > 10
    for rule in rules:
        for key in ("expr", "summary", "remedy"):
            assert re.search(rf"^ +{key}: \S", rule, flags=re.MULTILINE), rule
        assert re.search(r"labels: \{severity: (page|ticket)\}", rule), rule
        assert re.search(r"remedy: .*(mailgate|log)", rule), rule
        # Quotes, brackets and braces end: a file that cannot be read watches nothing.
        for opening, closing in ("()", "{}", "[]"):
            assert rule.count(opening) == rule.count(closing), rule


def test_the_dashboard_is_whole() -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 10
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])
    taken = {
        (x, y)
        for panel in board["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    }
    assert len(taken) == sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in board["panels"])
