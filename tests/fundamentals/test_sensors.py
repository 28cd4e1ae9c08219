"""Sensors: functions that say which runs to make."""

import asyncio
from datetime import timedelta

import pytest

from sensors_app import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DefaultSensorStatus,
    RunRequest,
    SensorResult,
    SkipReason,
    build_sensor_context,
    job,
    op,
    sensor,
)

EMPTY = "Sensor function returned an empty result"


@op
def nothing():
    pass


@job
def target():
    nothing()


@job
def other():
    nothing()


def evaluate(function, cursor=None, **arguments):
    made = sensor(**{"name": "watcher", "job": target, **arguments})(function)
    return made.evaluate_tick(build_sensor_context(cursor=cursor))


def test_a_sensor_yields_run_requests():
    """A generator runs to its end before anything else happens."""

    def watcher():
        yield RunRequest(run_key="a")
        yield RunRequest(run_key="b")

    data = evaluate(watcher)
    assert [request.run_key for request in data.run_requests] == ["a", "b"]
    assert data.skip_message is None


def test_each_run_request_is_tagged_with_the_sensors_name():
    """The tag is put on a copy: what the user made stays as it was."""
    mine = RunRequest(tags={"dagster/sensor_name": "mine", "a": "1"})
    (request,) = evaluate(lambda: mine).run_requests
    assert request.tags == {"dagster/sensor_name": "watcher", "a": "1"}
    assert mine.tags == {"dagster/sensor_name": "mine", "a": "1"}


def test_a_partition_key_becomes_a_tag():
    """The run of a partition is tagged with it."""
    (request,) = evaluate(lambda: RunRequest(partition_key="2024")).run_requests
    assert request.tags["dagster/partition"] == "2024"


def test_a_generator_may_also_return_a_result():
    """What it returns comes after what it yielded."""

    def watcher():
        yield RunRequest("a")
        return RunRequest("b")

    assert [request.run_key for request in evaluate(watcher).run_requests] == ["a", "b"]


def test_equal_run_keys_of_one_evaluation_are_both_kept():
    """Which of them get a run is not decided here."""
    assert len(evaluate(lambda: [RunRequest("a"), RunRequest("a")]).run_requests) == 2


@pytest.mark.parametrize("empty", [None, [], [None], iter])
def test_no_result_has_a_skip_message_of_its_own(empty):
    """Nothing, an empty list and an empty generator all skip."""
    function = (lambda: (each for each in ())) if empty is iter else lambda: empty
    assert evaluate(function).skip_message == EMPTY


@pytest.mark.parametrize("message", [None, "", "no files"])
def test_a_skip_reason_is_the_skip_message(message):
    """No reason, an empty one and a real one differ."""
    assert evaluate(lambda: SkipReason(message)).skip_message == message


@pytest.mark.parametrize("junk", [(RunRequest(),), "text", 0, False, {}, iter([RunRequest()])])
def test_only_lists_and_generators_are_several_results(junk):
    """Any other object is refused, and the message names the sensor."""
    with pytest.raises(Exception, match="Error in sensor watcher: Sensor unexpectedly returned"):
        evaluate(lambda: junk)


def test_a_sensor_may_be_async():
    """Ours: Dagster has none. The function runs to its end, and so does an async generator."""

    async def one(context):
        await asyncio.sleep(0)
        return RunRequest(context.cursor)

    async def several():
        yield RunRequest("a")
        await asyncio.sleep(0)
        yield RunRequest("b")

    async def none():
        return None

    assert [request.run_key for request in evaluate(one, cursor="c").run_requests] == ["c"]
    assert [request.run_key for request in evaluate(several).run_requests] == ["a", "b"]
    assert evaluate(none).skip_message == EMPTY


def test_what_an_async_sensor_raises_comes_out():
    """As it is."""

    async def watcher():
        await asyncio.sleep(0)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        evaluate(watcher)


def test_calling_an_async_sensor_returns_its_coroutine():
    """A direct call returns what the function returns; a test awaits it."""

    async def watcher():
        return RunRequest("a")

    made = sensor(job=target)(watcher)
    assert asyncio.run(made()).run_key == "a"


@pytest.mark.parametrize(
    ("results", "problem"),
    [
        ([RunRequest(), 3], "is not one of"),
        ([RunRequest(), None], "is not one of"),
        ([RunRequest(), SkipReason("x")], "received both RunRequest and SkipReason"),
        ([SkipReason("x"), SkipReason("y")], "received multiple SkipReasons"),
        ([SensorResult(), RunRequest()], "must be the only object returned"),
    ],
)
def test_results_must_go_together(results, problem):
    """A wrong member, or a wrong mixture, is refused."""
    with pytest.raises(CheckError, match=problem):
        evaluate(lambda: results)


def test_a_sensor_result_says_everything_at_once():
    """Run requests and the cursor, or a reason to skip."""
    data = evaluate(lambda: SensorResult([RunRequest("a")], cursor="new"), cursor="old")
    assert ([request.run_key for request in data.run_requests], data.cursor) == (["a"], "new")
    assert evaluate(lambda: SensorResult(skip_reason="why")).skip_message == "why"
    with pytest.raises(CheckError, match="both run_requests and skip_reason"):
        SensorResult([RunRequest()], skip_reason="why")


def test_a_cursor_is_kept_until_it_is_changed():
    """Unchanged if not updated; None resets it, and differs from the empty text."""
    assert evaluate(lambda context: None, cursor="old").cursor == "old"
    assert evaluate(lambda context: context.update_cursor("new"), cursor="old").cursor == "new"
    assert evaluate(lambda context: context.update_cursor(None), cursor="old").cursor is None
    assert evaluate(lambda context: context.update_cursor(""), cursor="old").cursor == ""


def test_a_cursor_is_set_in_one_way_only():
    """Both ``update_cursor`` and ``SensorResult.cursor`` are too much."""

    def watcher(context):
        context.update_cursor("a")
        return SensorResult(cursor="b")

    with pytest.raises(DagsterInvariantViolationError, match="cannot be set if"):
        evaluate(watcher)


def test_a_cursor_is_text():
    """Another type is refused, and so is setting the attribute."""
    context = build_sensor_context()
    with pytest.raises(CheckError, match='"cursor" is not a str'):
        context.update_cursor(5)
    with pytest.raises(AttributeError):
        context.cursor = "x"


def test_exceptions_of_the_function_come_out_as_they_are():
    """Nothing is wrapped around them."""
    error = KeyError("mine")

    def watcher():
        raise error

    with pytest.raises(KeyError) as raised:
        evaluate(watcher)
    assert raised.value is error


def test_without_a_target_a_sensor_can_only_skip():
    """A run request then has no job to run."""
    assert evaluate(lambda: SkipReason("x"), job=None).skip_message == "x"
    with pytest.raises(Exception, match="lacking a specified target"):
        evaluate(lambda: RunRequest(), job=None)


def test_a_run_request_names_one_of_the_sensors_jobs():
    """It may leave the name out if there is only one."""
    asks = evaluate(lambda: RunRequest(job_name="other"), job=None, jobs=[target, other])
    (request,) = asks.run_requests
    assert request.job_name == "other"
    with pytest.raises(Exception, match=r"Expected one of: \['target'\]"):
        evaluate(lambda: RunRequest(job_name="other"))
    with pytest.raises(Exception, match="did not specify job_name"):
        evaluate(lambda: RunRequest(), job=None, jobs=[target, other])


def test_defaults():
    """A sensor rests 30 seconds, may take 60, and is stopped until somebody starts it."""

    @sensor(job=target)
    def watcher():
        """Not a description."""

    assert watcher.name == "watcher"
    assert watcher.minimum_interval_seconds == 30
    assert watcher.timeout_seconds == 60
    assert watcher.default_status is DefaultSensorStatus.STOPPED
    assert watcher.description is None
    assert (watcher.job, watcher.job_name, watcher.jobs) == (target, "target", [target])


def test_what_is_said_of_a_sensor():
    """For people, and for those who look for it."""
    made = sensor(
        name="s",
        job=target,
        description="why",
        tags={"team": "data", "level": 1},
        metadata={"a": 1},
    )(lambda: None)
    assert made.description == "why"
    assert made.tags == {"team": "data", "level": "1"}
    assert made.metadata == {"a": 1}


def test_intervals_may_be_fractions_of_a_second():
    """Ours: Dagster takes whole seconds only. Fractions must be positive."""
    made = sensor(job=target, name="fast", minimum_interval_seconds=0.2)(lambda: None)
    assert made.minimum_interval_seconds == 0.2
    for wrong in (-0.5, 0.0, float("nan"), float("inf"), "30"):
        with pytest.raises(CheckError, match="minimum_interval_seconds"):
            sensor(job=target, name="fast", minimum_interval_seconds=wrong)(lambda: None)


def test_how_a_sensor_is_paced():
    """Ours: a random part of a rest, and how many requests of one tick are launched unasked."""
    usual = sensor(job=target, name="usual")(lambda: None).options
    assert (usual.jitter_seconds, usual.max_requests_per_tick) == (0, None)
    made = sensor(job=target, name="s", jitter_seconds=1.5, max_requests_per_tick=100)(lambda: None)
    assert (made.options.jitter_seconds, made.options.max_requests_per_tick) == (1.5, 100)
    for name, wrong in (
        ("jitter_seconds", -1),
        ("jitter_seconds", "1"),
        ("max_requests_per_tick", 0),
        ("max_requests_per_tick", 1.5),
        ("max_requests_per_tick", True),
    ):
        with pytest.raises(CheckError, match=name):
            sensor(job=target, name="s", **{name: wrong})(lambda: None)


def test_how_long_run_keys_count():
    """Ours: for ever and for one run, unless a sensor says otherwise."""
    usual = sensor(job=target, name="usual")(lambda: None).options
    assert (usual.run_key_ttl_seconds, usual.run_key_policy) == (None, "once")
    for ttl in (86_400, timedelta(days=1)):
        made = sensor(job=target, name="s", run_key_ttl=ttl, run_key_policy="retry_failed")
        options = made(lambda: None).options
        assert (options.run_key_ttl_seconds, options.run_key_policy) == (86_400, "retry_failed")
    for name, wrong in (
        ("run_key_ttl", 0),
        ("run_key_ttl", timedelta(0)),
        ("run_key_ttl", "1 d"),
        ("run_key_policy", "twice"),
        ("run_key_policy", None),
    ):
        with pytest.raises(CheckError, match=name):
            sensor(job=target, name="s", **{name: wrong})(lambda: None)


def test_a_target_is_given_in_one_way():
    """One of job, jobs and job_name."""
    with pytest.raises(DagsterInvalidDefinitionError, match="Attempted to provide more than one"):
        sensor(name="two", job=target, job_name="target")(lambda: None)


def test_a_target_known_by_name_has_no_job():
    """Reading what is not there says so."""
    by_name = sensor(job_name="target", name="by_name")(lambda: None)
    assert by_name.job_name == "target"
    with pytest.raises(DagsterInvalidDefinitionError, match="defined by a string job name"):
        _ = by_name.job
    without = sensor(name="without")(lambda: None)
    with pytest.raises(DagsterInvalidDefinitionError, match="No job was provided"):
        _ = without.job_name


def test_a_lambda_needs_a_name():
    """Its own is not valid."""
    with pytest.raises(DagsterInvalidDefinitionError, match="<lambda>"):
        sensor(job=target)(lambda: None)
