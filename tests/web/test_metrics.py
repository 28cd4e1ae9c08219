"""``/metrics``: what it tells, who may ask, and that the documents name what there is."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.store import Store
from sensors_app.web import metrics as exporter
from sensors_app.web.metric_table import METRICS, table
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, request, sensor
from tests.web.conftest import Open

DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
SECOND = 1000

Key = tuple[str, frozenset[tuple[str, str]]]


class Metrics(dict[Key, float]):
    """The values of an answer."""

    def value(self, name: str, **labels: str) -> float | None:
        return self.get((name, frozenset(labels.items())))

    def names(self) -> set[str]:
        return {name for name, _ in self}


def read(web: TestClient) -> Metrics:
    """Return what the server tells."""
    answer = web.get("/metrics")
    assert answer.status_code == 200
    return Metrics(
        ((each.name, frozenset(each.labels.items())), each.value)
        for family in parse(answer.text)
        for each in family.samples
    )


@pytest.fixture(autouse=True)
def each_answer_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait for the next one."""
    monkeypatch.setattr(exporter, "KEEP_S", 0.0)


@pytest.fixture
def now(site: Site) -> Site:
    """The site by the server's own clock, which ages are told by."""
    site.now = site.store.now_ms()
    return site


class TestSensors:
    def test_each_has_its_last_tick_and_how_it_ended(self, now: Site, open_web: Open):
        """When, what came of it, how many failed in a row."""
        now.fail(now.begun())
        found = read(open_web())
        labels = {"location": "loc", "sensor": "s"}
        ended = found.value("sensors_tick_last_timestamp_seconds", **labels)
        assert ended == pytest.approx(now.now / 1000)
        assert found.value("sensors_tick_last_result", **labels, result="failed") == 1
        assert found.value("sensors_tick_failures_in_a_row", **labels) == 1
        assert found.value("sensors_failing", location="loc") == 1
        assert found.value("sensors_sensor_on", **labels) == 1

    def test_each_has_its_ticks_counted(self, now: Site, open_web: Open):
        """By result, with the time that they took."""
        claim = now.begun()
        now.now += 2 * SECOND
        now.commit(claim, request("r"))
        found = read(open_web())
        labels = {"location": "loc", "sensor": "s"}
        assert found.value("sensors_ticks_total", **labels, result="success") == 1
        assert found.value("sensors_ticks_total", **labels, result="failure") == 0
        assert found.value("sensors_tick_seconds_total", **labels) == 2
        buckets = "sensors_tick_duration_seconds_bucket"
        assert found.value(buckets, location="loc", le="1.0") == 0
        assert found.value(buckets, location="loc", le="5.0") == 1
        assert found.value("sensors_tick_duration_seconds_sum", location="loc") == 2

    def test_late_ones_say_for_how_long(self, now: Site, open_web: Open):
        """And the schedule, for how long the first has been due."""
        now.now -= 3600 * SECOND
        now.tick()
        found = read(open_web())
        late = found.value("sensors_tick_late_seconds", location="loc", sensor="s")
        assert late == pytest.approx(3570, abs=20)
        assert found.value("sensors_late", location="loc") == 1
        lag = found.value("sensors_schedule_lag_seconds", location="loc")
        assert lag == pytest.approx(3570, abs=20)

    def test_too_many_are_told_of_together(self, now: Site, open_web: Open):
        """The metrics stay the same, without a sensor's name, and one says so."""
        now.register(sensor("s"), sensor("t"), sensor("off", running_by_default=False))
        now.fail(now.begun("s"))
        now.tick(name="t")
        few, many = read(open_web()), read(open_web(metrics_per_sensor=2))
        assert few.value("sensors_metrics_per_sensor") == 1
        assert many.value("sensors_metrics_per_sensor") == 0
        assert many.names() == few.names()
        assert not any(dict(labels).get("sensor") for _, labels in many)
        own = {"location": "loc", "sensor": ""}
        assert many.value("sensors_sensor_on", **own) == 2
        assert many.value("sensors_tick_failures_in_a_row", **own) == 1
        assert many.value("sensors_tick_last_result", **own, result="skipped") == 1
        assert many.value("sensors_ticks_total", **own, result="failure") == 1


class TestProcesses:
    def test_that_are_alive_are_counted(self, site: Site, open_web: Open):
        """Workers by location and role; none where one is needed is told, too."""
        sensors = site.store.sensors
        sensors.beat_heartbeat("beat")
        sensors.worker_heartbeat(site.name, WorkerInfo("node", [Role.EVALUATE], 4, 1, "v"))
        found = read(open_web())
        assert (found.value("sensors_beats"), found.value("sensors_listeners")) == (1, 0)
        assert found.value("sensors_beat_heartbeat_age_seconds") < 5
        labels = {"location": "loc", "role": "evaluate"}
        assert found.value("sensors_workers", **labels) == 1
        assert found.value("sensors_worker_capacity", **labels) == 4
        assert found.value("sensors_worker_heartbeat_age_seconds", **labels) < 5
        assert found.value("sensors_workers", location="loc", role="launch") == 0

    def test_that_nobody_needs_are_not_missed(self, site: Site, open_web: Open):
        """Without a sensor that events feed, there need be no react worker."""
        assert read(open_web()).value("sensors_workers", location="loc", role="react") is None
        site.register(fed())
        assert read(open_web()).value("sensors_workers", location="loc", role="react") == 0


class TestQueues:
    def test_runs_and_launches(self, now: Site, open_web: Open):
        """What waits, what is kept, what ended."""
        now.tick(request("a"), request("b"), request("c"))
        now.store.outbox.take_outbox(now.name, limit=1)
        now.start_run("b")
        now.finish_run("b", DagsterRunStatus.FAILURE)
        found = read(open_web())
        assert found.value("sensors_launches", location="loc", queue="outbox") == 1
        assert found.value("sensors_launches", location="loc", queue="sent") == 1
        assert found.value("sensors_runs", location="loc", status="QUEUED") == 2
        assert found.value("sensors_runs", location="loc", status="STARTED") == 0
        ended = {"location": "loc", "job": "job", "status": "FAILURE"}
        assert found.value("sensors_runs_ended_total", **ended) == 1

    def test_calls_for_events(self, site: Site, open_web: Open):
        """And how long the oldest event has been unread."""
        reacting = Reacting(site)
        site.register(fed("s"))
        reacting.happen(source="loc", at=site.store.now_ms() - 60 * SECOND)
        reacting.fail(reacting.begun(), final=True)
        found = read(open_web())
        assert found.value("sensors_reactions", location="loc", state="dead") == 1
        assert found.value("sensors_events_lag_seconds", location="loc") == pytest.approx(60, abs=9)


class TestTheStore:
    def test_is_up_and_says_how_quickly_it_answers(self, site: Site, open_web: Open):
        """In seconds, as everything."""
        found = read(open_web())
        assert found.value("sensors_store_up") == 1
        assert 0 < found.value("sensors_store_answer_seconds") < 1

    def test_is_down_and_nothing_else_is_told(
        self, store: Store, site: Site, open_web: Open, monkeypatch: pytest.MonkeyPatch
    ):
        """Old numbers would pass for new ones."""
        web = open_web()

        def away() -> int:
            raise StoreUnavailableError("It is away.")

        monkeypatch.setattr(store, "now_ms", away)
        found = read(web)
        assert found.value("sensors_store_up") == 0
        assert found.names() == {"sensors_store_up", "sensors_build_info"}


class TestAsking:
    def test_a_stranger_is_refused_and_a_viewer_is_not(self, site: Site, open_web: Open):
        """Guarded like a page, by a bearer token."""
        web = open_web(auth="viewer:prometheus:s3cret-of-prometheus")
        assert web.get("/metrics").status_code in {303, 401}
        plain = {"Accept": "text/plain"}
        assert web.get("/metrics", headers=plain).status_code == 401
        token = {**plain, "Authorization": "Bearer s3cret-of-prometheus"}
        assert web.get("/metrics", headers=token).status_code == 200

    def test_two_processes_tell_the_same(self, now: Site, open_web: Open):
        """But for how quickly each got its answers."""
        now.tick(request("r"))
        one, other = read(open_web()), read(open_web())
        moving = {name for name in one.names() if "_age_" in name or "_lag_" in name}
        moving |= {name for name in one.names() if "answer" in name or "_oldest_" in name}
        assert {key for key in one if key[0] not in moving} == {
            key for key in other if key[0] not in moving
        }
        assert not {key for key, value in one.items() if other[key] != value} - {
            key for key in one if key[0] in moving
        }

    def test_openmetrics_for_who_asks_for_it(self, site: Site, open_web: Open):
        """Prometheus does."""
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
        answer = open_web().get("/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert list(parse_open(answer.text))

    def test_many_at_once_are_answered_by_one_look(
        self, site: Site, open_web: Open, monkeypatch: pytest.MonkeyPatch
    ):
        """A page that somebody reloads must not cost the server of the state anything."""
        monkeypatch.setattr(exporter, "KEEP_S", 60.0)
        web = open_web()
        assert read(web) == read(web)

    def test_is_below_the_prefix(self, site: Site, open_web: Open):
        """As every page."""
        assert open_web(web_prefix="/sensors").get("/sensors/metrics").status_code == 200


class TestDocuments:
    def test_the_table_is_whole_and_true(self):
        """docs/metrics.md has what the table of the code has."""
        assert table() in DOCUMENT

    def test_whatever_is_told_is_in_the_table(self, now: Site, open_web: Open):
        """And the other way round: each one has a value, once there is something to tell."""
        now.register(sensor(), fed("e"))
        now.tick(request("r"))
        now.start_run("r")
        now.finish_run("r")
        now.store.sensors.beat_heartbeat("beat")
        now.store.sensors.listener_heartbeat("listener")
        now.store.sensors.worker_heartbeat(now.name, WorkerInfo("n", list(Role), 1, 1, "v"))
        told = {re.sub("_(bucket|sum|count)$", "", name) for name in read(open_web()).names()}
        assert told == {each.name for each in METRICS}

    def test_names_are_as_prometheus_wants_them(self):
        """Ours, in base units, counters with their ending."""
        for each in METRICS:
            assert re.fullmatch(r"sensors_[a-z_]+", each.name)
            assert not re.search(r"_(ms|minutes|hours|days)\b", each.name)
            if each.unit == "seconds":
                assert re.search(r"_seconds(_total)?$", each.name), each.name
