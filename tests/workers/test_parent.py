"""What a worker's main process does with runs that are to end and do not."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sensors_app.model.cancellation import RunWish
from sensors_app.model.locations import WorkerInfo
from sensors_app.runtime import Runtime
from sensors_app.settings import load_settings
from tests.support.site import HOLDER, Site, request
from workers.parent import Parent, WatchedRun

GRACE = 30.0


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that executes a run, and stops for nobody."""
    started = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield started
    with contextlib.suppress(ProcessLookupError):
        started.kill()
    started.communicate()


@pytest.fixture
def parent() -> Parent:
    settings = load_settings(cancel_grace_seconds=GRACE)
    return Parent(settings, WorkerInfo("node", [], 1, os.getpid(), "v"))


@pytest.fixture
def run(site: Site, parent: Parent, process: "subprocess.Popen[bytes]") -> WatchedRun:
    """A run that the process executes, and that somebody wants canceled."""
    site.now = site.store.now_ms()
    site.poke()
    site.tick(request("r"))
    site.start_run("r")
    site.request_cancel("r")
    watched = WatchedRun(site.name, "r", HOLDER, process.pid)
    parent.watch_runs("task", [watched])
    return watched


def look(parent: Parent, site: Site) -> None:
    """Look after the runs once."""
    runtime = Runtime(load_settings(), site.store)
    parent.beat_runs(runtime, site.name)


def test_it_has_its_time(
    parent: Parent, site: Site, run: WatchedRun, process: "subprocess.Popen[bytes]"
) -> None:
    """From when it was seen for the first time."""
    look(parent, site)
    look(parent, site)
    assert run.asked_at is not None
    assert process.poll() is None


def test_it_is_killed_when_that_is_over(
    parent: Parent, site: Site, run: WatchedRun, process: "subprocess.Popen[bytes]"
) -> None:
    """And why is kept for the report of its death."""
    run.asked_at = time.monotonic() - GRACE
    look(parent, site)
    assert process.wait(30) == -9
    assert run.killed_for is RunWish.CANCEL
    assert list(parent.leave_runs("task")) == [run]


def test_a_process_that_has_left_the_run_is_spared(
    parent: Parent, site: Site, run: WatchedRun, process: "subprocess.Popen[bytes]"
) -> None:
    """It may be at work on another."""
    run.asked_at = time.monotonic() - GRACE
    site.finish_run("r")
    look(parent, site)
    assert process.poll() is None


def test_a_second_copy_of_a_message_does_not_take_the_claim(
    parent: Parent, site: Site, run: WatchedRun
) -> None:
    """The holder's own word keeps the run alive, whoever else asks about it."""
    parent.watch_runs("copy", [WatchedRun(site.name, "r", "copy/node:1/2", run.pid)])
    site.store.client.zadd(site.keys.live, {"r": 1})
    look(parent, site)
    assert site.store.client.zscore(site.keys.live, "r") > 1
    assert list(parent.leave_runs("task")) == [run]
