"""The moves of a run: only the listed ones, by the holder of its claim, each with its event."""

import pytest

from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.events import DagsterEventType
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage.runs import WORKER_LOST
from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, request

S = DagsterRunStatus

MOVES = {
    "start": lambda site, holder: site.start_run("r", holder) is not None,
    "mark": lambda site, holder: site.mark_started("r", holder),
    "beat": lambda site, holder: site.heartbeat("r", holder),
    "succeed": lambda site, holder: site.finish_run("r", S.SUCCESS, holder),
    "fail": lambda site, holder: site.finish_run("r", S.FAILURE, holder),
    "cancel": lambda site, holder: site.finish_run("r", S.CANCELED, holder),
}

PATHS = {
    "nothing": ([], None),
    "queued": (["make"], S.QUEUED),
    "starting": (["make", "start"], S.STARTING),
    "started": (["make", "start", "mark"], S.STARTED),
    "succeeded": (["make", "start", "succeed"], S.SUCCESS),
    "failed": (["make", "start", "mark", "fail"], S.FAILURE),
    "expired": (["make", "start", "expire"], S.FAILURE),
    "canceling": (["make", "start", "mark", "ask"], S.CANCELING),
    "canceled": (["make", "start", "mark", "ask", "cancel"], S.CANCELED),
    "canceled too late": (["make", "start", "mark", "ask", "succeed"], S.CANCELED),
    "canceled and expired": (["make", "start", "ask", "expire"], S.CANCELED),
}

POSSIBLE = {
    ("queued", "start"): S.STARTING,
    ("starting", "mark"): S.STARTED,
    ("starting", "beat"): S.STARTING,
    ("starting", "succeed"): S.SUCCESS,
    ("starting", "fail"): S.FAILURE,
    ("starting", "cancel"): S.CANCELED,
    ("started", "beat"): S.STARTED,
    ("started", "succeed"): S.SUCCESS,
    ("started", "fail"): S.FAILURE,
    ("started", "cancel"): S.CANCELED,
    ("canceling", "beat"): S.CANCELING,
    ("canceling", "succeed"): S.CANCELED,
    ("canceling", "fail"): S.CANCELED,
    ("canceling", "cancel"): S.CANCELED,
}

REPEATS = {
    ("starting", "start"),
    ("started", "mark"),
    ("succeeded", "succeed"),
    ("failed", "fail"),
    ("canceling", "start"),
    ("canceled", "cancel"),
    ("canceled too late", "succeed"),
}
"""Moves that were made before by the same holder: the answer is the first one."""


def follow(site: Site, path: str) -> None:
    """Bring the run ``r`` along a path of :data:`PATHS`."""
    for move in PATHS[path][0]:
        if move == "make":
            site.tick(request("r"))
        elif move == "ask":
            assert site.request_cancel("r") is CancelVerdict.CANCELING
        elif move == "expire":
            site.now += 1_000_000
            assert site.expire_runs()
        else:
            assert MOVES[move](site, HOLDER)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("path", PATHS)
class TestEveryMoveInEveryState:
    def test_by_the_holder(self, site: Site, path: str, move: str):
        """What is not listed is refused and changes nothing; a repeat is answered the same."""
        follow(site, path)
        before = site.contents()
        made = MOVES[move](site, HOLDER)
        if (path, move) in POSSIBLE:
            assert made
            assert site.status("r") is POSSIBLE[path, move]
            assert site.indexes_of("r") == {POSSIBLE[path, move]}
        else:
            assert made is ((path, move) in REPEATS)
            assert site.status("r") is PATHS[path][1]
            assert site.contents() == before

    def test_by_another(self, site: Site, path: str, move: str):
        """Only a queued run is to be had; whose it is then, it stays."""
        follow(site, path)
        before = site.contents()
        made = MOVES[move](site, OTHER_HOLDER)
        if (path, move) == ("queued", "start"):
            assert made
        else:
            assert not made
            assert site.contents() == before


class TestWhatAMoveLeaves:
    def test_start_tells_the_worker_the_whole_run(self, site: Site):
        """One call is enough to execute it."""
        site.tick(request("r", "k", run_config='{"a":1}', tags='{"b":"c"}'))
        site.now += 5
        assert site.start_run("r") == DagsterRun(
            job_name="job",
            run_id="r",
            status=S.STARTING,
            tags={"b": "c"},
            run_config={"a": 1},
            location="loc",
            sensor_name="s",
            run_key="k",
            tick_id=str(START),
            created_at=START / 1000,
            started_at=(START + 5) / 1000,
            worker=HOLDER,
        )

    def test_a_good_end(self, site: Site):
        """It has an end and no error."""
        follow(site, "started")
        site.now += 9
        site.finish_run("r")
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert (run.ended_at, run.error) == ((START + 9) / 1000, None)

    def test_a_bad_end(self, site: Site):
        """Its error is the message of the last event."""
        follow(site, "started")
        site.finish_run("r", S.FAILURE, message="boom")
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert run.error == "boom"

    def test_each_move_is_an_event_of_the_run(self, site: Site):
        """The run's log tells its life."""
        follow(site, "started")
        site.finish_run("r")
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        log = site.store.runs.run_log(site.name, run)
        assert [e.dagster_event and e.dagster_event.event_type for e in log] == [
            DagsterEventType.RUN_ENQUEUED,
            DagsterEventType.RUN_STARTING,
            DagsterEventType.RUN_START,
            DagsterEventType.RUN_SUCCESS,
        ]
        assert [e.timestamp for e in log] == [START / 1000] * 4

    def test_each_move_is_in_the_stream_of_the_location(self, site: Site):
        """There it names run and job."""
        follow(site, "expired")
        events = [fields for _, fields in site.store.client.xrange(site.keys.events)]
        assert [e["type"] for e in events] == [
            "PIPELINE_ENQUEUED",
            "PIPELINE_STARTING",
            "PIPELINE_FAILURE",
        ]
        assert {(e["run"], e["job"]) for e in events} == {("r", "job")}
        assert events[-1]["message"] == WORKER_LOST

    def test_the_stream_of_the_location_is_trimmed(self, site: Site, store_with):
        """The oldest events go, as many as there are too many."""
        few = site.through(store_with(events_max_count=10))
        few.tick(*[request(f"r{n}") for n in range(500)])
        assert few.store.events.trim_events(site.name, None) == 490
        assert [e.run_id for e in few.store.events.events(site.name)] == [
            f"r{n}" for n in range(490, 500)
        ]

    def test_what_is_still_to_be_read_is_not_trimmed(self, site: Site, store_with):
        """However much it is: a listener that is away finds all of it."""
        few = site.through(store_with(events_max_count=10))
        few.tick(*[request(f"r{n}") for n in range(50)])
        events = few.store.events.events(site.name)
        assert few.store.events.trim_events(site.name, "0-0") == 0
        assert few.store.events.trim_events(site.name, events[4].ident) == 5
        assert few.store.events.events(site.name) == events[5:]


class TestRunsOfThisProcess:
    def create(self, site: Site) -> None:
        run = DagsterRun("job", "r", run_config={"a": 1}, tags={"b": "c"})
        site.store.runs.create_run(site.name, run)

    def test_is_promised_to_nobody(self, site: Site):
        """Whoever created it executes it."""
        self.create(site)
        assert site.status("r") is S.NOT_STARTED
        assert site.store.outbox.waiting(site.name) == (0, 0)
        assert site.start_run("r") is None

    def test_is_created_once(self, site: Site):
        """A repeat does not bring a finished run back to its beginning."""
        self.create(site)
        site.mark_started("r")
        self.create(site)
        assert site.status("r") is S.STARTED

    def test_runs_to_its_end(self, site: Site):
        """Its creator becomes its holder when it starts."""
        self.create(site)
        assert site.mark_started("r")
        assert not site.finish_run("r", holder=OTHER_HOLDER)
        assert site.finish_run("r")
        assert site.indexes_of("r") == {S.SUCCESS}
