"""Dry runs: asked for through the outbox, answered for a while, changing nothing."""

import pytest

from sensors_app.model.ticks import DroppedRequest, LogLine, Preview, TickStatus
from sensors_app.storage.outbox import PREVIEW_LIFE_MS
from tests.support.site import BOOM, START, Site, request


def asked(site: Site, **options) -> str:
    preview_id = site.store.outbox.request_preview(site.name, "s", **options)
    assert preview_id is not None
    return preview_id


def test_an_unknown_sensor_has_no_dry_run(site: Site):
    """Nobody would answer."""
    assert site.store.outbox.request_preview(site.name, "nobody") is None
    assert site.store.outbox.waiting(site.name) == (0, 0)


def test_the_worker_is_told_what_a_tick_would_be_told(site: Site):
    """The sensor's own cursor, last run key and times."""
    site.tick(request("r", "k"), cursor="c")
    start = site.store.outbox.begin_preview(site.name, asked(site))
    assert start is not None
    assert (start.claim.sensor, start.cursor, start.last_run_key) == ("s", "c", "k")
    assert start.last_tick_completion_time == START / 1000
    assert start.last_sensor_start_time == START / 1000


@pytest.mark.parametrize("cursor", [None, "", "other"])
def test_another_cursor_may_be_tried(site: Site, cursor: str | None):
    """None tries the sensor without one."""
    site.tick(cursor="c")
    preview_id = asked(site, cursor=cursor, use_cursor=True)
    start = site.store.outbox.begin_preview(site.name, preview_id)
    assert start is not None
    assert start.cursor == cursor
    assert site.state().cursor == "c"


def test_taken_up_it_is_not_sent_again(site: Site):
    """The entry leaves the outbox when a worker has it."""
    preview_id = asked(site)
    site.store.outbox.take_outbox(site.name)
    site.store.outbox.begin_preview(site.name, preview_id)
    assert site.store.outbox.waiting(site.name) == (0, 0)


def test_one_that_nobody_waits_for_any_more_is_dropped(site: Site):
    """After its life there is nothing to begin, and no entry stays behind."""
    preview_id = asked(site)
    site.store.client.delete(site.keys.preview(preview_id))
    assert site.store.outbox.begin_preview(site.name, preview_id) is None
    assert site.store.outbox.waiting(site.name) == (0, 0)


def test_there_is_no_answer_before_there_is_one(site: Site):
    """Whoever asked asks again later."""
    assert site.store.outbox.preview(site.name, asked(site)) is None
    assert site.store.outbox.preview(site.name, "unknown") is None


def test_the_answer_comes_back_as_it_was_left(site: Site):
    """All that a dry run found."""
    preview_id = asked(site)
    answer = Preview(
        sensor="s",
        status=TickStatus.FAILURE,
        skip_reason="none",
        error=BOOM,
        cursor_before="",
        cursor_after=None,
        requests=({"run_key": "k", "job_name": "job", "run_config": {}, "tags": {}},),
        dropped=(DroppedRequest("k0", "r0"),),
        logs=(LogLine(1.5, 20, "ü"),),
    )
    site.store.outbox.answer_preview(site.name, preview_id, answer)
    assert site.store.outbox.preview(site.name, preview_id) == answer


@pytest.mark.parametrize("answered", [False, True])
def test_it_is_kept_for_a_while_only(site: Site, answered: bool):
    """Asked and answered, each for ten minutes."""
    preview_id = asked(site)
    if answered:
        answer = Preview("s", TickStatus.SKIPPED)
        site.store.outbox.answer_preview(site.name, preview_id, answer)
    life = site.store.client.pttl(site.keys.preview(preview_id))
    assert PREVIEW_LIFE_MS - 60_000 < life <= PREVIEW_LIFE_MS


def test_it_changes_nothing_else(site: Site):
    """No tick, no run, no claim."""
    before = site.contents()
    preview_id = asked(site)
    site.store.outbox.begin_preview(site.name, preview_id)
    site.store.client.delete(site.keys.preview(preview_id))
    assert site.contents() == before


def test_a_dry_run_that_waits_tells_what_was_asked(site: Site):
    """Whoever waits for the answer can tell that from one that nobody asked for."""
    preview_id = asked(site, cursor="c", use_cursor=True)
    found = site.store.outbox.asked_preview(site.name, preview_id)
    assert found is not None
    assert (found.sensor, found.cursor, found.use_cursor, found.answer) == ("s", "c", True, None)
    assert site.store.outbox.asked_preview(site.name, "nothing") is None
