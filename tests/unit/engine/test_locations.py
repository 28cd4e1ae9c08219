"""What is read from a code location's module."""

import subprocess
import sys
from pathlib import Path

import pytest

from sensors_app.engine.locations import load_location
from sensors_app.errors import LocationLoadError

ROOT = Path(__file__).parents[3]
MODULE = """
from sensors_app import (
    DagsterRunStatus, DefaultSensorStatus, Definitions, RunRequest, job, op, run_status_sensor,
    sensor,
)

@op
def nothing():
    pass

@job
def the_job():
    nothing()

@sensor(job=the_job, minimum_interval_seconds=0.5, timeout_seconds=7, tags={"team": "x"},
        default_status=DefaultSensorStatus.RUNNING, description="watches")
def watcher():
    pass

@run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
def reacts():
    pass

defs = Definitions(sensors=[watcher, reacts])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_snapshot_says_what_the_definitions_say(folder: Path) -> None:
    """Interval, time limit, default, description, tags, and the jobs that sensors bring along."""
    (folder / "one_location.py").write_text(MODULE)
    loaded = load_location("one", "one_location")
    watcher, _ = loaded.snapshot.sensors
    assert (watcher.interval_seconds, watcher.timeout_seconds) == (0.5, 7)
    assert (watcher.running_by_default, watcher.description) == (True, "watches")
    assert (watcher.tags, list(watcher.job_names)) == ({"team": "x"}, ["the_job"])
    assert list(loaded.snapshot.job_names) == ["the_job"]


def test_what_a_sensor_is_called_for_is_in_the_snapshot(folder: Path) -> None:
    """Listeners go by it, which have no user code; one that is polled has no such rules."""
    (folder / "two_location.py").write_text(MODULE)
    watcher, reacts = load_location("two", "two_location").snapshot.sensors
    assert watcher.reacts_to is None
    assert reacts.reacts_to is not None
    assert reacts.reacts_to.kinds == ("PIPELINE_SUCCESS",)


def test_the_version_is_the_same_in_every_process(folder: Path) -> None:
    """However Python orders sets there, or workers of the same code would seem to differ."""
    (folder / "three_location.py").write_text(MODULE)
    command = "from sensors_app.engine.locations import load_location as load; "
    command += "print(load('l', 'three_location').snapshot.version)"
    versions = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{folder}"},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(versions) == 1


def test_the_version_follows_the_source(folder: Path) -> None:
    """The same code has the same version, another has another; a given one wins."""
    for name, more in (("a_location", ""), ("b_location", ""), ("c_location", "# changed")):
        (folder / f"{name}.py").write_text(MODULE + more)
    a, b, c = (load_location("l", f"{x}_location").snapshot.version for x in "abc")
    assert a == b != c
    assert load_location("l", "a_location", version="1.2").snapshot.version == "1.2"


def test_definitions_that_do_not_hold_are_refused(folder: Path) -> None:
    """With the reason of the definitions."""
    text = MODULE.replace("sensors=[watcher, reacts]", "sensors=[watcher], jobs=[the_job, other]")
    text = text.replace("defs =", "@job(name='the_job')\ndef other():\n    nothing()\n\ndefs =")
    (folder / "bad_location.py").write_text(text)
    with pytest.raises(LocationLoadError, match="the_job"):
        load_location("bad", "bad_location")
