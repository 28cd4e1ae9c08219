"""Facts 1 to 22: evaluating, calling and defining sensors, and their contexts."""

import itertools
import logging

import pytest

EMPTY = "Sensor function returned an empty result"


@pytest.mark.parametrize("empty", [None, [], [None]])
def test_fact_1_empty_results(evaluate, empty):
    assert evaluate(lambda: empty).skip_message == EMPTY
    assert evaluate(lambda: (each for each in [])).skip_message == EMPTY


@pytest.mark.parametrize("message", [None, "", "why"])
def test_fact_1_skip_reasons(api, evaluate, message):
    assert evaluate(lambda: api.SkipReason(message)).skip_message == message


def test_fact_2_the_sensors_name_is_a_tag(api, evaluate):
    mine = api.RunRequest(tags={"dagster/sensor_name": "mine"})
    (request,) = evaluate(lambda: mine).run_requests
    assert request.tags == {"dagster/sensor_name": "s"}
    assert mine.tags == {"dagster/sensor_name": "mine"}


@pytest.mark.parametrize("junk", ["text", 0, False, {}, 3.5])
def test_fact_3_other_results(evaluate, refusal, junk):
    name, _, message = refusal(lambda: evaluate(lambda: junk))
    assert name == "Exception"
    assert message == (
        f"Error in sensor s: Sensor unexpectedly returned output {junk} of type {type(junk)}.  "
        "Should only return SkipReason or RunRequest objects."
    )


def test_fact_3_tuples_and_members(api, evaluate, refusal):
    assert refusal(lambda: evaluate(lambda: (api.RunRequest(),)))[0] == "Exception"
    assert refusal(lambda: evaluate(lambda: [3]))[0] == "CheckError"


def test_fact_4_generators_may_return(api, evaluate):
    def generator():
        yield api.RunRequest("a")
        return api.RunRequest("b")

    assert [each.run_key for each in evaluate(generator).run_requests] == ["a", "b"]


def test_fact_5_mixtures(api, evaluate, refusal):
    both = [api.RunRequest(), api.SkipReason("x")]
    name, _, message = refusal(lambda: evaluate(lambda: both))
    assert name == "CheckError"
    assert "received both RunRequest and SkipReason" in message
    two = [api.SkipReason("x"), api.SkipReason("y")]
    assert "received multiple SkipReasons" in refusal(lambda: evaluate(lambda: two))[2]


def test_fact_6_no_target(api, evaluate, refusal):
    assert evaluate(lambda: api.SkipReason("x"), job=None).skip_message == "x"
    name, _, message = refusal(lambda: evaluate(lambda: api.RunRequest(), job=None))
    assert name == "Exception"
    assert "lacking a specified target (job_name, job, or jobs)" in message
    without = api.sensor(name="s")(lambda: None)
    for read in (lambda: without.job, lambda: without.job_name):
        name, _, message = refusal(read)
        assert name == "DagsterInvalidDefinitionError"
        assert message == "No job was provided to SensorDefinition."


def test_fact_7_jobs(api, evaluate, refusal, target, failing):
    name, _, message = refusal(lambda: evaluate(lambda: api.RunRequest(job_name="zz")))
    assert name == "Exception"
    assert message.endswith("Expected one of: ['target']")
    several = {"job": None, "jobs": [target, failing]}
    name, _, message = refusal(lambda: evaluate(lambda: api.RunRequest(), **several))
    assert name == "Exception"
    assert "did not specify job_name" in message


def test_fact_8_exceptions_come_out(evaluate, refusal):
    assert refusal(lambda: evaluate(lambda: {}["x"]))[0] == "KeyError"


def test_fact_8_equal_run_keys(api, evaluate):
    assert len(evaluate(lambda: [api.RunRequest("a"), api.RunRequest("a")]).run_requests) == 2


@pytest.mark.parametrize(("given", "kept"), [("n", "n"), (None, None), ("", "")])
def test_fact_9_cursors(evaluate, given, kept):
    assert evaluate(lambda context: context.update_cursor(given)).cursor == kept
    assert evaluate(lambda context: None).cursor == "c0"


def test_fact_9_cursors_are_text(api, refusal):
    _, classes, message = refusal(lambda: api.build_sensor_context().update_cursor(5))
    assert "CheckError" in classes
    assert message == "Param \"cursor\" is not a str. Got 5 which is type <class 'int'>."
    context = api.build_sensor_context()
    assert refusal(lambda: setattr(context, "cursor", "x"))[0] == "AttributeError"


def test_facts_10_to_12_direct_invocation(api, refusal, target):
    made = api.sensor(name="s", job=target)(lambda anything=None: "junk")
    assert made(None) == "junk"
    assert made(api.build_sensor_context()) == "junk"
    assert made(anything=api.build_sensor_context()) == "junk"
    assert refusal(made)[0] == "DagsterInvalidInvocationError"
    assert refusal(lambda: made(3))[0] == "CheckError"
    assert refusal(lambda: made(None, None))[0] == "DagsterInvalidInvocationError"
    assert refusal(lambda: made(other=None))[0] == "DagsterInvalidInvocationError"
    bare = api.sensor(name="s", job=target)(lambda: "junk")
    assert bare() == bare(api.build_sensor_context()) == "junk"


def test_fact_14_bare_decorators(api):
    def function():
        pass

    assert not isinstance(api.sensor(function), api.SensorDefinition)
    assert isinstance(api.run_failure_sensor(function), api.RunStatusSensorDefinition)
    assert api.run_failure_sensor("named")(function).name == "named"


@pytest.mark.parametrize("name", ["a-b", "config", "context", "type", "class", "<lambda>", ""])
def test_fact_15_names(api, refusal, name):
    if name == "":
        name = "a b"
    found, _, message = refusal(lambda: api.sensor(name=name)(lambda: None))
    assert found == "DagsterInvalidDefinitionError"
    assert message.startswith(f'"{name}" is not a valid name in Dagster.')


def test_fact_15_types(api, refusal):
    assert api.sensor(name="1a")(lambda: None).name == "1a"
    for wrong in ({"name": 3}, {"description": 3}, {"default_status": "RUNNING"}):
        arguments = {"name": "s", **wrong}
        classes = refusal(lambda given=arguments: api.sensor(**given)(lambda: None))[1]
        assert "CheckError" in classes


@pytest.mark.parametrize(("given", "kept"), [(None, 30), (0, 0), (-1, -1), (45, 45)])
def test_fact_16_intervals(api, given, kept):
    made = api.sensor(name="s", minimum_interval_seconds=given)(lambda: None)
    assert made.minimum_interval_seconds == kept


def test_fact_16_descriptions(api):
    def documented():
        """Documented."""

    assert api.sensor()(documented).description is None
    assert api.op(documented).description == "Documented."


def test_fact_17_one_target(api, refusal, target):
    ways = {
        "job": target,
        "job_name": "target",
        "jobs": [target],
        "asset_selection": "*",
        "target": target,
    }
    for one, other in itertools.combinations(ways, 2):
        both = {one: ways[one], other: ways[other]}
        name, _, message = refusal(lambda given=both: api.sensor(name="s", **given)(lambda: None))
        assert name == "DagsterInvalidDefinitionError"
        assert message == (
            "Attempted to provide more than one of 'job', 'jobs', 'job_name', and "
            "'asset_selection' params to SensorDefinition. Must provide only one."
        )


def test_fact_17_targets(api, target):
    assert api.sensor(name="s", target=target)(lambda: None).job_name == "target"
    made = api.sensor(name="s", target=["a"])(lambda: None)
    assert made.job_name == "__anonymous_asset_job_s"
    assert isinstance(
        api.sensor(name="s", asset_selection=["a"])(lambda: None).asset_selection,
        api.AssetSelection,
    )


def test_fact_18_run_requests(api, refusal):
    request = api.RunRequest(run_config=None, tags={"a": 1, "b": None})
    assert request.run_config == {}
    assert request.tags == {"a": "1", "b": "null"}
    assert request == api.RunRequest(tags={"a": "1", "b": "null"})
    assert refusal(lambda: hash(request))[0] == "TypeError"
    assert "AttributeError" in refusal(lambda: setattr(request, "run_key", "x"))[1]
    assert "CheckError" in refusal(lambda: api.RunRequest(run_key=3))[1]
    name = refusal(lambda: api.RunRequest(tags={"a": (1,)}))[0]
    assert name == "DagsterInvalidDefinitionError"


def test_fact_18_run_requests_for_assets(api, evaluate, refusal):
    keys = [api.AssetKey("a")]
    request = api.RunRequest(asset_selection=keys, stale_assets_only=True, partition_key="p")
    assert request.asset_selection == keys
    assert (request.stale_assets_only, request.partition_key) == (True, "p")
    (kept,) = evaluate(lambda: api.RunRequest(asset_selection=keys)).run_requests
    assert kept.asset_selection == keys
    fresh = api.RunRequest()
    assert (fresh.asset_selection, fresh.stale_assets_only, fresh.partition_key) == (
        None,
        False,
        None,
    )
    for wrong in ({"asset_selection": ["a"]}, {"asset_selection": 3}, {"stale_assets_only": 3}):
        assert "CheckError" in refusal(lambda given=wrong: api.RunRequest(**given))[1]


def test_facts_19_and_20_contexts(api, refusal):
    context = api.build_sensor_context()
    assert refusal(lambda: context.instance)[0] == "DagsterInvariantViolationError"
    assert refusal(lambda: context.sensor_name)[0] == "CheckError"
    assert context.is_first_tick_since_sensor_start is True
    assert context.last_run_key is None
    assert context.last_tick_completion_time is None


@pytest.mark.parametrize(("completed", "started", "first"), [(3.0, 2.0, False), (1.0, 2.0, True)])
def test_fact_20_first_ticks(api, completed, started, first):
    context = api.SensorEvaluationContext(
        instance_ref=None, last_tick_completion_time=completed, last_sensor_start_time=started
    )
    assert context.is_first_tick_since_sensor_start is first


def test_fact_21_logs(api):
    context = api.build_sensor_context()
    assert isinstance(context.log, logging.Logger)
    assert context.log is context.log


def test_fact_22_resources_of_contexts(api, refusal):
    @api.resource
    def session():
        yield "session"

    context = api.build_sensor_context(resources={"session": session})
    assert refusal(lambda: context.resources)[0] == "DagsterInvariantViolationError"
    with api.build_sensor_context(resources={"session": session}) as entered:
        assert entered.resources.session == "session"
        name, classes, _ = refusal(lambda: entered.resources.other)
    assert name == "DagsterUnknownResourceError"
    assert "AttributeError" in classes
