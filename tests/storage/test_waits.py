"""What queued runs wait for."""

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.storage.overview import Wait
from tests.support.site import Site, request, sensor


def test_a_run_that_a_limit_holds_names_it(site: Site):
    """The other one was sent, and waits for a worker."""
    site.register(sensor(), limits=[ConcurrencyLimit(1, job_name="job")])
    site.tick(request("r1"), request("r2"))
    site.store.outbox.take_outbox(site.name, limit=10)
    assert site.store.overview.waits(site.name, ["r1", "r2"]) == {
        "r1": Wait(sent=True),
        "r2": Wait(group="job:job"),
    }
    assert site.store.overview.later_and_parked(site.name) == (0, 1)


def test_a_run_that_nobody_has_sent_yet_waits_for_nothing_in_particular(site: Site):
    """The next look of a beat or a worker sends it."""
    site.tick(request("r1"))
    assert site.store.overview.waits(site.name, ["r1"]) == {"r1": Wait()}
    assert site.store.overview.waits(site.name, []) == {}


def test_a_retry_that_is_put_off_says_until_when(site: Site):
    """As its delay has it."""
    tags = '{"dagster/max_retries":"1","sensors_app/retry_delay":"60"}'
    site.tick(request("r1", tags=tags))
    site.start_run("r1")
    site.expire_runs()
    site.now += 60_000
    site.expire_runs()
    (retry,) = [run for run in site.store.runs.runs(site.name) if run.run_id != "r1"]
    assert site.store.overview.waits(site.name, [retry.run_id]) == {
        retry.run_id: Wait(until=site.now + 60_000)
    }
