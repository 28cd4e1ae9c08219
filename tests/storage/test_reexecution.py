"""reexecute_run: a run that has ended is run once more because somebody asks for it."""

import json

import pytest

from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from tests.support.site import Site, request

S = DagsterRunStatus


def ended(site: Site, status: S = S.FAILURE, **tags: str) -> None:
    """Have the run ``r`` end."""
    site.tick(request("r", "k", run_config='{"a":1}', tags=json.dumps(tags)))
    site.start_run("r")
    site.finish_run("r", status)


def again(site: Site, run_id: str = "r", new: str = "new", **options) -> DagsterRun | None:
    """Ask for a new run; return it."""
    made = site.store.runs.reexecute_run(site.name, run_id, new, now_ms=site.now, **options)
    assert made in (new, None)
    return None if made is None else site.store.runs.run(site.name, made)


def take(site: Site) -> list[str]:
    return [e.ident for e in site.store.outbox.take_outbox(site.name, now_ms=site.now)]


@pytest.mark.parametrize("status", [S.SUCCESS, S.FAILURE])
def test_it_is_a_new_run_with_the_same_work(site: Site, status: S):
    """Queued and sent like any; it has no run key, and no sensor asked for it."""
    ended(site, status, team="x")
    new = again(site)
    assert new is not None
    assert (new.status, new.job_name, new.run_config) == (S.QUEUED, "job", {"a": 1})
    assert new.tags["team"] == "x"
    assert (new.parent_run_id, new.root_run_id) == ("r", "r")
    assert (new.run_key, new.sensor_name) == (None, None)
    assert take(site) == ["new"]
    assert site.status("r") is status


def test_the_run_key_keeps_its_first_run(site: Site):
    """What the sensor asks for later is dropped as before."""
    ended(site)
    again(site)
    site.poke()
    assert site.tick(request("r2", "k")).dropped[0].run_id == "r"


def test_tags_and_config_may_be_others(site: Site):
    """What is given wins, but for where the run comes from."""
    ended(site, team="x", keep="y")
    tags = {"team": "z", "dagster/parent_run_id": "nobody"}
    new = again(site, tags=tags, run_config={"b": 2})
    assert new is not None
    assert (new.tags["team"], new.tags["keep"], new.run_config) == ("z", "y", {"b": 2})
    assert new.parent_run_id == "r"


def test_it_is_nobodys_retry(site: Site):
    """Counting begins anew, and what was said of the other's retries is not said of it."""
    ended(site, **{"dagster/max_retries": "1", "dagster/retry_number": "1"})
    new = again(site)
    assert new is not None
    assert set(new.tags) == {"dagster/max_retries", "dagster/parent_run_id", "dagster/root_run_id"}
    site.start_run("new")
    site.finish_run("new", S.FAILURE)
    failed = site.store.runs.run(site.name, "new")
    assert failed is not None
    assert failed.will_retry


def test_the_root_is_the_first_of_all(site: Site):
    """Also for a run that was one already."""
    ended(site)
    again(site)
    site.start_run("new")
    site.finish_run("new")
    third = again(site, "new", "third")
    assert third is not None
    assert (third.parent_run_id, third.root_run_id) == ("new", "r")


def test_a_repeat_makes_no_other(site: Site):
    """Whoever lost the answer asks again, even after the run has ended."""
    ended(site)
    again(site)
    before = site.contents()
    assert again(site)
    assert site.contents() == before
    site.start_run("new")
    site.finish_run("new")
    repeated = again(site)
    assert repeated is not None
    assert repeated.status is S.SUCCESS


def test_a_run_that_has_not_ended_is_refused(site: Site):
    """It may yet do what is asked for."""
    site.tick(request("r"))
    assert again(site) is None
    site.start_run("r")
    assert again(site) is None


def test_a_run_that_is_not_kept_is_refused(site: Site):
    """Nothing is known of it."""
    before = site.contents()
    assert again(site, "gone") is None
    assert site.contents() == before


def test_an_id_that_is_taken_is_refused(site: Site):
    """No run is written over."""
    ended(site)
    site.poke()
    site.tick(request("other"))
    before = site.contents()
    assert again(site, new="other") is None
    assert site.contents() == before
