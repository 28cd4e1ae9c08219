"""The same facts, stated against this package and against Dagster itself.

Dagster is asked only where it is installed (``pip install sensors-app[bench]``); what it says there
is what the facts of ``docs`` were written from.
"""

import importlib.util
import os

import pytest

import sensors_app

HAS_DAGSTER = importlib.util.find_spec("dagster") is not None


def pytest_collection_modifyitems(items):
    """Dagster warns of its own deprecations; those are not ours to fix."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if parameters.get("api") == "dagster":
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(
    scope="session",
    params=[
        "sensors_app",
        pytest.param("dagster", marks=pytest.mark.skipif(not HAS_DAGSTER, reason="no dagster")),
    ],
)
def api(request):
    """The module whose names a user imports."""
    if request.param == "sensors_app":
        return sensors_app
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module("dagster")


@pytest.fixture(scope="session")
def instance(api):
    return api.DagsterInstance.ephemeral()


@pytest.fixture(scope="session")
def works(api):
    return api.op(name="works")(lambda: 1)


@pytest.fixture(scope="session")
def boom(api):
    def fails():
        raise ValueError("boom")

    return api.op(name="boom")(fails)


@pytest.fixture(scope="session")
def target(api, works):
    return api.job(name="target")(lambda: [works()].clear())


@pytest.fixture(scope="session")
def failing(api, boom):
    return api.job(name="failing")(lambda: [boom()].clear())


@pytest.fixture
def evaluate(api, target):
    """Evaluate a function as a sensor of one job."""

    def evaluated(function, cursor="c0", **arguments):
        made = api.sensor(**{"name": "s", "job": target, **arguments})(function)
        return made.evaluate_tick(api.build_sensor_context(cursor=cursor))

    return evaluated


@pytest.fixture
def refusal():
    """What a call raises, as the name of its class, those of its bases, and its message."""

    def refused(call):
        with pytest.raises(BaseException) as raised:  # noqa: PT011
            call()
        classes = [each.__name__ for each in type(raised.value).__mro__]
        return classes[0], classes, str(raised.value)

    return refused
