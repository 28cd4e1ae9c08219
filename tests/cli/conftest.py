"""A command line that works on the test's own keys."""

from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from sensors_app.cli import cli
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.site import Site, sensor


class Sensors(Protocol):
    """Runs ``sensors`` with these arguments, and expects this exit code."""

    def __call__(self, *args: str, code: int = 0) -> Result: ...


@pytest.fixture(autouse=True)
def surroundings(prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that lead to the test's own keys."""
    monkeypatch.setenv("SENSORS_REDIS_URL", ephemeral_url())
    # Nothing is sent to a broker here; one that answers will do.
    monkeypatch.setenv("SENSORS_BROKER_URL", ephemeral_url().replace("unix:", "redis+socket:"))
    monkeypatch.setenv("SENSORS_KEY_PREFIX", prefix)
    monkeypatch.setenv("SENSORS_LOCATIONS", "loc=package.module,other=package.other")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sensors() -> Sensors:
    """The command line."""

    def run(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, args, prog_name="sensors")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def site(store: Store, prefix: str) -> Site:
    """The location ``loc`` with one sensor ``s``, which is due now."""
    site = Site(store, prefix)
    site.now = store.now_ms()
    site.register(sensor())
    return site


@pytest.fixture
def other(store: Store, prefix: str) -> Site:
    """The location ``other``, which has a sensor ``s`` as well, and one ``only_here``."""
    site = Site(store, prefix, "other")
    site.now = store.now_ms()
    site.register(sensor(), sensor("only_here"))
    return site


def words(result: Result) -> list[list[str]]:
    """Return the words of each line of a table."""
    return [line.split() for line in result.stdout.splitlines()]


@pytest.fixture
def reacting(store: Store, prefix: str) -> Reacting:
    """The location ``loc`` with a sensor ``s`` that is called for each success anywhere."""
    site, now = Site(store, prefix), store.now_ms()
    # On for a day: so tests may have events of today.
    site.now = now - 86_400_000
    site.register(fed())
    site.now = now
    # Where the runs are that are watched.
    Site(store, prefix, UPSTREAM).register()
    return Reacting(site)
