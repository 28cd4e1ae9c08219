"""Whoever changes something from a terminal is in the audit trail, as on the pages."""

import getpass
import socket
from collections.abc import Sequence

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.cli.conftest import Sensors
from tests.support.site import Site, request


@pytest.fixture
def run_site(site: Site) -> Site:
    """With a run that waits and one that has ended."""
    site.tick(request("waiting-run", "k1"), request("ended-run", "k2"))
    site.start_run("ended-run")
    site.mark_started("ended-run")
    site.finish_run("ended-run", DagsterRunStatus.SUCCESS)
    return site


@pytest.mark.parametrize(
    ("args", "action", "target"),
    [
        (["stop", "s"], "stop", "s"),
        (["start", "s"], "start", "s"),
        (["reset", "s"], "reset", "s"),
        (["evaluate", "s"], "evaluate", "s"),
        (["cursor", "s", "--set", "7"], "set cursor", "s"),
        (["run-keys", "s", "--clear", "k1"], "forget run keys", "s"),
        (["cancel", "waiting-run"], "cancel", "waiting-run"),
        (["re-execute", "ended-run"], "re-execute", "ended-run"),
    ],
)
def test_a_change_is_noted(
    sensors: Sensors, run_site: Site, args: Sequence[str], action: str, target: str
) -> None:
    """With who, on which machine, did what to which sensor or run."""
    sensors(*args)
    (entry,) = run_site.store.audit.entries("loc")
    assert entry.actor == f"{getpass.getuser()}@{socket.gethostname()}"
    assert (entry.action, entry.target) == (action, target)


def test_a_look_is_not(sensors: Sensors, run_site: Site) -> None:
    """Only changes are noted."""
    for command in (["list"], ["cursor", "s"], ["runs"], ["ticks", "s"]):
        sensors(*command)
    assert run_site.store.audit.entries("loc") == []
