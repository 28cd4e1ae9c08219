"""Whether all is there that sensors need, and how much waits."""

import pytest
from fastapi.testclient import TestClient

from sensors_app.errors import StoreUnavailableError
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.storage.store import Store
from sensors_app.web import health_report
from sensors_app.web.health import Health, HealthWatch
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, request, sensor
from tests.web.conftest import Open


def worker(node: str, *roles: Role, version: str = "1") -> WorkerInfo:
    return WorkerInfo(node, roles, 4, 1, version)


class TestWhoIsAlive:
    """Heartbeats, by place and role."""

    def test_processes_with_when_they_were_heard_of(self, store: Store, open_web: Open):
        """Beats and listeners."""
        store.sensors.beat_heartbeat("beat@host:1")
        store.sensors.listener_heartbeat("listener@host:2")
        text = open_web().get("/health").text
        assert "beat@host:1" in text
        assert "listener@host:2" in text
        assert ">silent<" not in text

    def test_none_at_all_says_what_to_start(self, web: TestClient):
        """The command."""
        text = web.get("/health").text
        assert "<code>sensors beat</code>" in text
        assert "<code>sensors listener</code>" in text

    def test_workers_with_their_roles_and_what_nobody_does(self, site: Site, open_web: Open):
        """Of each code location."""
        site.store.sensors.worker_heartbeat("loc", worker("w1@host", Role.EVALUATE))
        text = open_web().get("/health").text
        assert "w1@host" in text
        assert "sensors worker --location loc --role launch" in text
        assert "--role react" not in text, "no sensor of it is called for events"

    def test_worker_with_other_code_than_was_registered_last_stands_out(
        self, site: Site, open_web: Open
    ):
        """A rolling update that stands still."""
        for node, version in (("old@host", "0"), ("new@host", "1")):
            site.store.sensors.worker_heartbeat("loc", worker(node, Role.EVALUATE, version=version))
        assert open_web().get("/health").text.count("not the version registered last") == 1


class TestWhatWaits:
    """Queues, calls, dead letters, reports that were refused."""

    def test_launches(self, site: Site, open_web: Open):
        """Sent, and held by a limit."""
        site.register(sensor(), limits=[ConcurrencyLimit(1)])
        site.tick(request("r1"), request("r2"), request("r3"))
        site.store.outbox.take_outbox("loc", limit=2)
        (found,) = health_report.location_reports(site.store, _look(site))
        assert (found.health.unsent, found.health.sent, found.parked) == (0, 1, 2)
        assert open_web().get("/health").status_code == 200

    def test_calls_and_the_lag_of_each_sensor(self, site: Site, open_web: Open):
        """And what failed for good."""
        site.register(fed())
        reacting = Reacting(site)
        for n in range(3):
            reacting.happen(f"r{n}", source="loc")
        reacting.listen("loc")
        first, *_ = reacting.take()
        reacting.begin(first)
        reacting.fail(first, final=True)
        text = open_web().get("/health").text
        assert "Sensors that events feed" in text
        (found,) = health_report.location_reports(site.store, _look(site))
        assert found.health.dead_letters == 1
        assert found.lags[0].states["dead"] == 1

    def test_refused_reports_are_shown_escaped(self, store: Store, open_web: Open):
        """They come from anywhere."""
        store.external.keep_refused("<script>alert(1)</script>", "no JSON <b>")
        text = open_web().get("/health").text
        assert "&lt;script&gt;alert(1)" in text
        assert "no JSON &lt;b&gt;" in text


class TestTheServer:
    """Of the state."""

    def test_it_is_judged(self, web: TestClient):
        """As the command line does."""
        text = web.get("/health").text
        for name in ("server version", "eviction", "persistence", "clock"):
            assert f">{name}</td>" in text

    def test_page_says_what_it_can_while_the_server_is_away(
        self, open_web: Open, monkeypatch: pytest.MonkeyPatch
    ):
        """That it is, above all."""

        def away(_watch: HealthWatch) -> Health:
            raise StoreUnavailableError("The Redis server of the state is away: gone")

        monkeypatch.setattr(HealthWatch, "_read", away)
        answer = open_web().get("/health")
        assert answer.status_code == 200
        assert "is away: gone" in answer.text


def test_what_is_kept_is_shown_with_its_setting(open_web: Open):
    """As it is set."""
    text = open_web(run_max_age_days=1.5).get("/health").text
    assert "SENSORS_RUN_MAX_AGE_DAYS" in text
    assert ">1.5</td>" in text


def test_each_text_of_the_banner_is_explained(site: Site):
    """Whatever is missing."""
    site.register(fed())
    for line in [*_look(site).trouble(), "The Redis server of the state is away: x"]:
        meant = [text for text in health_report.EXPLAINED if _same(text, line)]
        assert len(meant) == 1, line


def _same(text: str, line: str) -> bool:
    return line.startswith(text) or line.replace(" of loc is", " is").startswith(text)


def _look(site: Site) -> Health:
    watch = HealthWatch(site.store)
    watch.look()
    return watch.health
