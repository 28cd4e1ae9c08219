"""note_run: lines of the system's own in a run's log."""

from sensors_app.model.runs import RunNote
from tests.support.site import Site, request


def note(site: Site, name: str, run_id: str = "r") -> bool:
    line = RunNote(site.name, run_id, name, "Something.")
    return bool(site.store.runs.note_runs([line], now_ms=site.now))


def test_a_note_is_written_once(site: Site):
    """Into the run's log; another note is another line."""
    site.tick(request("r"))
    assert note(site, "one")
    assert not note(site, "one")
    assert note(site, "two")
    run = site.store.runs.run(site.name, "r")
    assert run is not None
    log = site.store.runs.run_log(site.name, run)
    assert [entry.user_message for entry in log].count("Something.") == 2


def test_a_run_that_is_gone_gets_none(site: Site):
    """Nothing is made for its name."""
    assert not note(site, "one", "gone")
    assert not site.store.client.exists(site.keys.run_events("gone"))
