"""``sensors worker``, ``sensors beat`` and ``sensors web``."""

import os
import sys
from collections.abc import Callable

import pytest

from sensors_app.cli.processes import beat_argv, worker_argv
from sensors_app.settings import load_settings
from tests.cli.conftest import Sensors


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that a process was replaced by."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execvp", lambda _file, argv: commands.append(argv))
    return commands


@pytest.fixture
def argv(prefix: str) -> Callable[..., list[str]]:
    """Gives the command of a worker of ``loc``."""
    return lambda *args, **kwargs: worker_argv(load_settings(), "loc", *args, **kwargs)


def after(argv: list[str], option: str) -> str:
    """Return the value of an option."""
    return argv[argv.index(option) + 1]


def test_the_command_of_a_worker(argv, prefix: str):
    """A worker is Celery's own, with the options that ours needs."""
    assert argv("evaluate", concurrency=3, unique="x") == [
        *(sys.executable, "-m", "workers", "worker"),
        *("-Q", f"{prefix}.loc.evaluate"),
        *("-n", "loc-evaluate-x@%h"),
        *("--pool", "prefork", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        *("--concurrency", "3"),
    ]


def test_all_roles(argv, prefix: str):
    """``all`` serves every queue of the location."""
    roles = ("evaluate", "slow", "launch", "react")
    assert after(argv("all"), "-Q") == ",".join(f"{prefix}.loc.{role}" for role in roles)


def test_concurrency_is_left_to_celery(argv):
    """Without ``--concurrency`` Celery's default holds."""
    assert "--concurrency" not in argv("launch")


def test_task_events(argv, monkeypatch: pytest.MonkeyPatch):
    """The setting decides whether Flower sees the worker's tasks."""
    assert "-E" not in argv("launch")
    monkeypatch.setenv("SENSORS_TASK_EVENTS", "true")
    assert "-E" in argv("launch")


def test_worker(sensors: Sensors, executed: list[list[str]]):
    """The command becomes Celery's; arguments it does not know go to Celery, last."""
    sensors("worker", "--location", "loc", "--role", "launch", "-c", "2", "--loglevel", "DEBUG")
    (argv,) = executed
    assert argv[-4:] == ["--concurrency", "2", "--loglevel", "DEBUG"]


def test_workers_of_one_machine_differ(sensors: Sensors, executed: list[list[str]]):
    """No two workers have the same node name."""
    for _ in range(2):
        sensors("worker", "--location", "loc")
    first, second = executed
    assert after(first, "-n") != after(second, "-n")


def test_an_unknown_location(sensors: Sensors, executed: list[list[str]]):
    """A location that is not configured is refused before Celery starts."""
    assert "Did you mean loc?" in sensors("worker", "--location", "lok", code=2).stderr
    assert executed == []


def test_no_location_configured(
    sensors: Sensors, executed: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    """Without any location the message says how to set them."""
    monkeypatch.setenv("SENSORS_LOCATIONS", "")
    assert "name=module" in sensors("worker", "--location", "loc", code=2).stderr


def test_listener(sensors: Sensors, executed: list[list[str]]):
    """A listener is a program of ours: it has no tasks of Celery's."""
    sensors("listener")
    assert executed == [[sys.executable, "-m", "workers.listener"]]


def test_beat(sensors: Sensors, executed: list[list[str]]):
    """A beat is Celery's own, with what further arguments it is given."""
    sensors("beat", "--loglevel", "DEBUG")
    assert executed == [beat_argv(["--loglevel", "DEBUG"])]
    assert beat_argv() == [*(sys.executable, "-m", "workers", "beat", "--loglevel", "INFO")]


def test_web(sensors: Sensors, executed: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    """The pages are a program of ours; a wrong setting is told before it starts."""
    sensors("web")
    assert executed == [[sys.executable, "-m", "sensors_app.web"]]
    monkeypatch.setenv("SENSORS_WEB_PORT", "many")
    assert "SENSORS_WEB_PORT" in sensors("web", code=2).stderr
