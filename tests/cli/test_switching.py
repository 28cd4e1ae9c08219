"""``sensors start``, ``stop`` and ``reset``."""

from tests.cli.conftest import Sensors
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, sensor


def test_stop_and_start(sensors: Sensors, site: Site):
    """A sensor can be switched off and on by hand."""
    assert sensors("stop", "s").stdout == "loc/s: off (by hand)\n"
    assert site.state().running is False
    assert sensors("start", "s").stdout == "loc/s: on (by hand)\n"
    assert site.state().running is True


def test_reset(sensors: Sensors, site: Site):
    """``reset`` gives a sensor back to the default of its code."""
    site.switch(False)
    assert sensors("reset", "s").stdout == "loc/s: on (the default of its code)\n"
    assert site.state().override is None


def test_start_from_where_it_was_stopped(sensors: Sensors, site: Site):
    """A sensor that events feed gets what happened while it was off; or not, as usual."""
    site.register(fed())
    reacting = Reacting(site)
    reacting.happened("before")
    reacting.listen()
    for args, runs in (((), []), (("--from-stop",), ["meanwhile"])):
        sensors("skip", "s")
        sensors("stop", "s")
        site.now = site.store.now_ms() + 1
        reacting.happened("meanwhile")
        sensors("start", "s", *args)
        reacting.listen()
        reacting.listen_to_replays()
        assert [run for each in reacting.runs() for run in each] == runs


def test_several_names(sensors: Sensors, site: Site, other: Site):
    """Several sensors can be named, over all locations."""
    sensors("stop", "loc/s", "only_here")
    assert site.state().running is False
    assert other.state("only_here").running is False
    assert other.state("s").running is True


def test_all(sensors: Sensors, site: Site, other: Site):
    """``--all`` means every sensor of every location, or of one."""
    sensors("stop", "--all", "--location", "other")
    assert site.state().running is True
    assert other.state("only_here").running is False
    sensors("stop", "--all")
    assert site.state().running is False


def test_nothing_changes_if_a_name_is_wrong(sensors: Sensors, site: Site):
    """A name that does not exist ends the command before anything is changed."""
    site.register(sensor(), sensor("second"))
    result = sensors("stop", "s", "secnod", code=2)
    assert "Did you mean loc/second?" in result.stderr
    assert site.state().running is True


def test_neither_name_nor_all(sensors: Sensors, site: Site):
    """To name no sensor is an error, not all of them."""
    assert "--all" in sensors("stop", code=2).stderr
    sensors("stop", "s", "--all", code=2)
    assert site.state().running is True
