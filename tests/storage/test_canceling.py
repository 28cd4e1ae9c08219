"""Runs that are brought to their end from outside: canceled, or past their maximum runtime."""

from uuid import UUID

import pytest

from sensors_app.model.cancellation import CancelVerdict, RunWish, overdue_message
from sensors_app.model.events import DagsterEventType, EventLogEntry
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import MAX_RUNTIME_TAG, DagsterRun, DagsterRunStatus
from sensors_app.storage.run_requests import CANCEL_ASKED, CANCELED_WAITING
from sensors_app.storage.runs import CANCELED_BUT_WELL, CANCELED_WORKER_LOST
from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, request

S = DagsterRunStatus
E = DagsterEventType


def make(site: Site, *moves: str, **fields: str) -> None:
    """Bring the run ``r`` so far."""
    site.tick(request("r", **fields))
    if moves:
        assert site.start_run("r")
    if "mark" in moves:
        assert site.mark_started("r")


def events(site: Site) -> list[tuple[DagsterEventType, str | None]]:
    """Return the moves of the run with their messages, without the first."""
    run = site.store.runs.run(site.name, "r")
    assert run is not None
    log = [each.dagster_event for each in site.store.runs.run_log(site.name, run)]
    return [(each.event_type, each.message) for each in log[1:] if each is not None]


class TestARunThatWaits:
    def test_has_ended_at_once(self, site: Site):
        """With both moves, since sensors may wait for either."""
        make(site)
        site.now += 7
        assert site.request_cancel("r") is CancelVerdict.CANCELED
        assert events(site) == [(E.RUN_CANCELING, "Why."), (E.RUN_CANCELED, CANCELED_WAITING)]
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert (run.status, run.ended_at) == (S.CANCELED, (START + 7) / 1000)
        assert site.indexes_of("r") == {S.CANCELED}

    @pytest.mark.parametrize("sent", [False, True])
    def test_is_promised_to_nobody_any_more(self, site: Site, sent: bool):
        """Neither from the outbox nor by a message that is on its way."""
        make(site)
        if sent:
            site.store.outbox.take_outbox(site.name, limit=1, now_ms=site.now)
        site.request_cancel("r")
        assert site.store.outbox.waiting(site.name) == (0, 0)
        assert site.start_run("r") is None

    def test_as_one_of_a_process_of_its_own(self, site: Site):
        """It was created and not begun."""
        site.store.runs.create_run(site.name, DagsterRun("job", "r"))
        assert site.request_cancel("r") is CancelVerdict.CANCELED
        assert not site.mark_started("r")


@pytest.mark.parametrize("moves", [["start"], ["start", "mark"]], ids=["starting", "started"])
class TestARunUnderWay:
    def test_is_left_to_its_holder(self, site: Site, moves: list[str]):
        """It is told, keeps the claim, and may still write what its code says at the end."""
        make(site, *moves)
        assert site.request_cancel("r") is CancelVerdict.CANCELING
        assert site.indexes_of("r") == {S.CANCELING}
        assert site.wish("r") is RunWish.CANCEL
        entries = [EventLogEntry("r", "job", START / 1000, "cleaning up")]
        wish = site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, entries)
        assert wish is RunWish.CANCEL
        assert site.wish("r", OTHER_HOLDER) is RunWish.LOST

    @pytest.mark.parametrize(
        ("status", "message"),
        [
            (S.CANCELED, "Ended."),
            (S.SUCCESS, CANCELED_BUT_WELL),
            (S.FAILURE, "The run was canceled. Ended."),
        ],
    )
    def test_is_canceled_however_it_ends(
        self, site: Site, moves: list[str], status: DagsterRunStatus, message: str
    ):
        """The event says what it would have been."""
        make(site, *moves)
        site.request_cancel("r")
        assert site.finish_run("r", status)
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert (run.status, run.error) == (S.CANCELED, None)
        assert events(site)[-2:] == [(E.RUN_CANCELING, "Why."), (E.RUN_CANCELED, message)]

    def test_is_canceled_when_its_worker_dies(self, site: Site, moves: list[str]):
        """It did not fail: somebody wanted its end."""
        make(site, *moves)
        site.request_cancel("r")
        site.now += site.store.limits.run_claim_ms
        assert site.expire_runs() == [("r", HOLDER)]
        assert site.status("r") is S.CANCELED
        assert events(site)[-1] == (E.RUN_CANCELED, CANCELED_WORKER_LOST)

    def test_does_not_expire_while_its_holder_lives(self, site: Site, moves: list[str]):
        """It may take its time to clean up."""
        make(site, *moves)
        site.request_cancel("r")
        for _ in range(3):
            site.now += site.store.limits.run_claim_ms - 1
            site.heartbeat("r")
            assert site.expire_runs() == []


def test_a_run_canceled_before_its_first_step_does_not_begin(site: Site):
    """Its holder learns of it when it is about to."""
    make(site, "start")
    site.request_cancel("r")
    assert not site.mark_started("r")
    assert site.status("r") is S.CANCELING


class TestTheVerdict:
    def test_of_a_repeat_is_the_first(self, site: Site):
        """The caller may not have got the answer."""
        make(site, "start")
        assert site.request_cancel("r") is CancelVerdict.CANCELING
        site.finish_run("r")
        before = site.contents()
        assert site.request_cancel("r") is CancelVerdict.CANCELING
        assert site.contents() == before

    def test_of_a_second_request(self, site: Site):
        """Nothing happens twice."""
        make(site, "start")
        site.request_cancel("r")
        before = site.contents()
        assert site.request_cancel("r", "second") is CancelVerdict.ASKED_BEFORE
        assert site.contents() == before

    @pytest.mark.parametrize("status", [S.SUCCESS, S.FAILURE, S.CANCELED])
    def test_of_a_run_that_has_ended(self, site: Site, status: DagsterRunStatus):
        """It stays as it is."""
        make(site, "start", "mark")
        site.finish_run("r", status)
        before = site.contents()
        assert site.request_cancel("r") is CancelVerdict.ENDED
        assert site.contents() == before

    def test_of_a_run_of_another_system(self, site: Site):
        """Only that system can end it."""
        elsewhere = Site(site.store, site.prefix, "elsewhere")
        report = ExternalRunEvent("elsewhere", "job", "r", S.STARTED)
        site.store.external.report_run(report)
        assert elsewhere.request_cancel("r") is CancelVerdict.FOREIGN
        assert elsewhere.status("r") is S.STARTED

    def test_of_no_run(self, site: Site):
        """Or one that is not kept any more."""
        assert site.request_cancel("unknown") is CancelVerdict.UNKNOWN

    def test_each_call_is_a_request_of_its_own(self, site: Site):
        """Unless it says otherwise; its reason is Dagster's unless it has one."""
        make(site, "start")
        assert site.store.runs.request_cancel(site.name, "r") is CancelVerdict.CANCELING
        assert site.store.runs.request_cancel(site.name, "r") is CancelVerdict.ASKED_BEFORE
        assert events(site)[-1] == (E.RUN_CANCELING, CANCEL_ASKED)
        assert UUID(site.store.client.hget(site.keys.run("r"), "cancel_request"))


class TestWhatIsSaidOfARun:
    """By ``DagsterInstance``: whoever says so looks after the run."""

    def say(self, site: Site, status: DagsterRunStatus) -> bool:
        return site.store.runs.cancel_run(site.name, "r", status, "Why.", now_ms=site.now)

    @pytest.mark.parametrize("moves", [[], ["start"], ["start", "mark"]])
    def test_that_it_is_canceled(self, site: Site, moves: list[str]):
        """Whoever executes it finds that it is its own no more."""
        make(site, *moves)
        assert self.say(site, S.CANCELED)
        assert site.status("r") is S.CANCELED
        assert site.start_run("r") is None
        assert site.wish("r") is RunWish.LOST
        assert not site.finish_run("r")
        assert site.expire_runs() == []

    def test_each_move_is_told_once(self, site: Site):
        """A repeat is answered the same and leaves no second event."""
        make(site)
        for status in (S.CANCELING, S.CANCELING, S.CANCELED, S.CANCELED):
            assert self.say(site, status)
        assert events(site) == [(E.RUN_CANCELING, "Why."), (E.RUN_CANCELED, "Why.")]

    @pytest.mark.parametrize("status", [S.SUCCESS, S.FAILURE])
    def test_what_has_ended_stays_as_it_is(self, site: Site, status: DagsterRunStatus):
        """And there is no way back from CANCELED."""
        make(site, "start")
        site.finish_run("r", status)
        before = site.contents()
        assert not self.say(site, S.CANCELING)
        assert not self.say(site, S.CANCELED)
        assert site.contents() == before

    def test_one_of_which_it_was_said_and_that_nobody_has_can_be_canceled(self, site: Site):
        """Nobody else would end it."""
        make(site)
        assert self.say(site, S.CANCELING)
        assert site.request_cancel("r") is CancelVerdict.CANCELED
        assert site.status("r") is S.CANCELED


class TestTheMaximumRuntime:
    def tagged(self, site: Site, seconds: str) -> None:
        make(site, "start", "mark", tags=f'{{"dagster/max_runtime":"{seconds}"}}')

    def test_makes_a_run_overdue(self, site: Site):
        """From when it was taken up; whoever asks is told."""
        self.tagged(site, "2.5")
        site.now += 2499
        assert site.wish("r") is RunWish.OK
        site.now += 1
        assert site.wish("r") is RunWish.OVERDUE
        wish = site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, [], now_ms=site.now)
        assert wish is RunWish.OVERDUE

    @pytest.mark.parametrize("text", ["2", " 2.0 ", "2e0", "+2", "0_2"])
    def test_is_what_python_takes_for_a_number(self, site: Site, text: str):
        """As it is looked at where a run is requested, and in the message of the failure."""
        self.tagged(site, text)
        site.now += 2000
        assert site.wish("r") is RunWish.OVERDUE
        assert overdue_message({MAX_RUNTIME_TAG: text}).endswith(" of 2 seconds.")

    def test_does_not_end_it_in_the_store(self, site: Site):
        """Its holder does, and may clean up first."""
        self.tagged(site, "1")
        site.now += 1000
        assert site.expire_runs() == []
        assert site.finish_run("r", S.FAILURE)

    def test_counts_less_than_a_cancellation(self, site: Site):
        """Somebody wanted its end."""
        self.tagged(site, "1")
        site.now += 1000
        site.request_cancel("r")
        assert site.wish("r") is RunWish.CANCEL

    @pytest.mark.parametrize(
        "nonsense", ["", "soon", "-1", "0", "nan", "inf", "0x1", "1e300", "1 day"]
    )
    def test_that_makes_no_sense_is_none(self, site: Site, nonsense: str):
        """Whoever makes the request refuses it; here it must not stop a run."""
        self.tagged(site, nonsense)
        site.now += 10_000_000
        assert site.wish("r") is RunWish.OK

    def test_in_the_value_of_another_tag_is_none(self, site: Site):
        """What looks like the tag may be anything."""
        value = r"\"dagster/max_runtime\": \"1\""
        make(site, "start", tags=f'{{"note": "{value}"}}')
        site.now += 10_000
        assert site.wish("r") is RunWish.OK
