"""The dashboard and the alerts ask for metrics that there are, in words that Prometheus knows."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from sensors_app.cli.root import cli
from sensors_app.settings import Settings
from sensors_app.web.metric_table import METRICS

ROOT = Path(__file__).parents[2]
DASHBOARD: Any = json.loads((ROOT / "deploy" / "grafana" / "sensors.json").read_text())
ALERTS_TEXT = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
ALERTS: Any = yaml.safe_load(ALERTS_TEXT)
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

WORDS = {"and", "or", "on", "by", "ignoring", "sum", "max", "min", "count", "rate", "increase"}
WORDS |= {"absent", "topk", "histogram_quantile", "vector"}
"""What the queries use of the language."""

LABELS = {label for each in METRICS for label in each.labels} | {"le"}
DURATION = r"\d+[smhd]|\$__rate_interval"


def queries() -> Iterator[Any]:
    """Yield each query, under the name of what asks it."""
    for rule in RULES:
        yield pytest.param(rule["expr"], id=rule["alert"])
    for panel in PANELS:
        for target in panel["targets"]:
            yield pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")


def names_in(query: str) -> set[str]:
    """Return the metrics that a query asks for."""
    found = set(re.findall(r"\bsensors_\w+", query))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


class TestQueries:
    @pytest.mark.parametrize("query", list(queries()))
    def test_ask_for_metrics_that_there_are(self, query: str):
        """At least for one."""
        assert names_in(query)
        assert names_in(query) <= {each.name for each in METRICS}

    @pytest.mark.parametrize("query", list(queries()))
    def test_ask_by_labels_that_the_metrics_have(self, query: str):
        """In braces, and for grouping."""
        in_braces = re.findall(r"(\w+)(?:=~|!=|!~|=)\"", query)
        grouped = [
            label
            for labels in re.findall(r"\b(?:by|on|ignoring) \(([^)]*)\)", query)
            for label in re.findall(r"\w+", labels)
        ]
        assert set(in_braces + grouped) <= LABELS
        for name, selector in re.findall(r"(sensors_\w+)\{([^}]*)\}", query):
            (metric,) = [each for each in METRICS if each.name in names_in(name)]
            assert set(re.findall(r"(\w+)=", selector)) <= {*metric.labels, "le"}

    @pytest.mark.parametrize("query", list(queries()))
    def test_are_of_words_that_the_language_has(self, query: str):
        """And every bracket is closed. (``promtool`` was asked when they were written.)"""
        bare = re.sub(r"\{[^}]*\}", "", query)
        for kind in ("()", "[]", "{}"):
            assert query.count(kind[0]) == query.count(kind[1])
        for window in re.findall(r"\[([^\]]*)\]", bare):
            assert re.fullmatch(DURATION, window)
        rest = re.sub(r"\[[^\]]*\]|\b(?:by|on) \([^)]*\)|\bsensors_\w+", "", bare)
        assert set(re.findall(r"[a-z_]+", rest)) <= WORDS

    @pytest.mark.parametrize("query", list(queries()))
    def test_rates_are_of_counters(self, query: str):
        """And of no gauge; nor is a counter shown as it is."""
        kinds = {each.name: each.kind for each in METRICS}
        rated = {
            name
            for part in re.findall(r"(?:rate|increase)\((\w+)", query)
            for name in names_in(part)
        }
        assert rated == {name for name in names_in(query) if kinds[name] != "gauge"}


class TestAlerts:
    def test_there_is_one_for_each_thing_that_goes_wrong(self):
        """What docs/metrics.md promises."""
        assert {rule["alert"] for rule in RULES} >= {
            "SensorsStoreDown",
            "SensorsBeatDead",
            "SensorsListenerDead",
            "SensorsNoWorker",
            "SensorFailing",
            "SensorLate",
            "SensorsOutboxOld",
            "SensorsDeadLetters",
            "SensorsEventsLag",
        }

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
    def test_each_says_what_is_wrong_and_what_to_do(self, rule: Any):
        """In two sentences for people, and how bad it is."""
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert re.fullmatch(DURATION, rule.get("for", "1m"))
        for name in ("summary", "description"):
            text = rule["annotations"][name]
            assert text.endswith(("?", ".")) or ": sensors " in text
            assert text.count("{{") == text.count("}}")

    def test_each_has_a_name_of_its_own(self):
        """Or one would hide the other."""
        names = [rule["alert"] for rule in RULES]
        assert len(names) == len(set(names))

    def test_values_are_shown_by_labels_that_are_left(self):
        """A label that the query drops would show as nothing."""
        for rule in RULES:
            shown = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
            kept = {
                label
                for labels in re.findall(r"by \(([^)]*)\)", rule["expr"])
                for label in labels.split(", ")
            }
            assert shown <= kept, rule["alert"]

    def test_commands_and_settings_that_are_named_exist(self):
        """Who is woken at night copies them."""
        texts = " ".join(str(rule["annotations"]) for rule in RULES)
        commands = set(re.findall(r": sensors ([a-z-]+)", texts))
        assert {"beat", "listener", "worker", "ticks", "lag"} <= commands
        assert commands <= set(cli.commands)
        known = {f"SENSORS_{name.upper()}" for name in Settings.model_fields}
        assert set(re.findall(r"SENSORS_[A-Z_]+", ALERTS_TEXT)) <= known


class TestDashboard:
    def test_can_be_imported_as_it_is(self):
        """It has an identity, a format that Grafana 10 and later read, and no server's own id."""
        assert DASHBOARD["uid"] == "sensors-app"
        assert DASHBOARD["title"] == "Sensors"
        assert DASHBOARD["schemaVersion"] == 39
        assert "id" not in DASHBOARD

    def test_asks_the_prometheus_that_is_chosen(self):
        """No data source of ours is anybody else's."""
        variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
        assert variables["datasource"]["type"] == "datasource"
        assert names_in(variables["location"]["definition"]) <= {each.name for each in METRICS}
        source = {"type": "prometheus", "uid": "${datasource}"}
        for panel in PANELS:
            assert panel["datasource"] == source
            assert all(target["datasource"] == source for target in panel["targets"])
        named = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(DASHBOARD["panels"])))
        assert named <= set(variables)

    def test_panels_have_ids_of_their_own_and_do_not_overlap(self):
        """On a grid of 24 columns."""
        panels = DASHBOARD["panels"]
        ids = [panel["id"] for panel in panels]
        assert len(ids) == len(set(ids))
        places = [panel["gridPos"] for panel in panels]
        assert all(each["x"] >= 0 and each["x"] + each["w"] <= 24 for each in places)
        for one, other in combinations(places, 2):
            beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
            assert beside or above

    def test_each_panel_says_what_it_shows(self):
        """In a title and a sentence."""
        for panel in PANELS:
            assert panel["title"]
            assert panel["description"].endswith(".")
            refs = [target["refId"] for target in panel["targets"]]
            assert len(refs) == len(set(refs))

    def test_shows_most_of_what_there_is(self):
        """A metric that nobody shows and nobody is alerted by is one too many."""
        used = {name for param in queries() for name in names_in(param.values[0])}
        unused = {each.name for each in METRICS} - used
        assert unused == {
            "sensors_build_info",
            "sensors_metrics_per_sensor",
            "sensors_registered",
            "sensors_schedule",
            "sensors_tick_last_result",
            "sensors_tick_last_timestamp_seconds",
        }
