"""How sensors and locations are named."""

import pytest
from click.shell_completion import BashComplete

from sensors_app.cli import cli
from tests.cli.conftest import Sensors
from tests.support.site import Site


def test_a_name_that_is_unique(sensors: Sensors, other: Site):
    """The name alone is enough if one location has it; the location may be given all the same."""
    sensors("cursor", "only_here")
    sensors("cursor", "other/only_here")


def test_a_name_of_several_locations(sensors: Sensors, site: Site, other: Site):
    """A name that several locations have must be written with its location."""
    assert "write loc/s or other/s" in sensors("cursor", "s", code=2).stderr
    sensors("cursor", "loc/s")


def test_an_unknown_name(sensors: Sensors, site: Site, other: Site):
    """A mistyped name is answered with the nearest that exist."""
    assert "Did you mean other/only_here?" in sensors("cursor", "onlyhere", code=2).stderr


def test_the_wrong_location(sensors: Sensors, site: Site, other: Site):
    """A sensor looked for in the wrong location is offered in the right one."""
    assert "Did you mean other/only_here?" in sensors("cursor", "loc/only_here", code=2).stderr


def test_nothing_like_it(sensors: Sensors, site: Site):
    """If no name is near, those that exist are listed."""
    assert "There are: loc/s" in sensors("cursor", "zzzzzz", code=2).stderr


def test_nothing_registered(sensors: Sensors):
    """In an empty store the remedy is to start workers."""
    assert "sensors worker" in sensors("cursor", "s", code=2).stderr


def test_an_unknown_location(sensors: Sensors, site: Site, other: Site):
    """A mistyped location is answered with the nearest."""
    assert "Did you mean other?" in sensors("list", "--location", "othr", code=2).stderr


def test_an_unknown_command(sensors: Sensors):
    """A mistyped command is wrong usage."""
    sensors("lits", code=2)


# ---- completion


def completions(*args: str) -> set[str]:
    """Return what a shell is offered after these arguments, the last one incomplete."""
    shell = BashComplete(cli, {}, "sensors", "_SENSORS_COMPLETE")
    return {item.value for item in shell.get_completions(list(args[:-1]), args[-1])}


def test_completion_of_sensors(site: Site, other: Site):
    """A shell completes names of sensors; those of several locations only with the location."""
    assert completions("cursor", "") == {"loc/s", "other/s", "only_here", "other/only_here"}
    assert completions("cursor", "on") == {"only_here"}


def test_completion_of_locations(site: Site, other: Site):
    """A shell completes names of locations."""
    assert completions("list", "--location", "o") == {"other"}


def test_completion_without_a_store(monkeypatch: pytest.MonkeyPatch, capfd):
    """If the store cannot be asked, nothing is offered and nothing is printed."""
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://127.0.0.1:1/0")
    assert completions("cursor", "") == set()
    monkeypatch.setenv("SENSORS_REDIS_URL", "nonsense")
    assert completions("list", "--location", "") == set()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(sensors: Sensors, shell: str):
    """``sensors completion`` prints the shell's script and how to install it."""
    script = sensors("completion", shell).stdout
    assert script.startswith("# To install")
    assert f"_SENSORS_COMPLETE={shell}_complete" in script
