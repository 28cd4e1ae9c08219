"""Fact 42: asset sensors."""

import pytest


@pytest.fixture(scope="session")
def watched(api):
    return api.asset(name="watched")(lambda: 1)


@pytest.fixture
def watching(api, target):
    def make(function):
        return api.asset_sensor(asset_key=api.AssetKey("watched"), name="s", job=target)(function)

    return make


def test_fact_42_the_latest_materialization(api, watched, watching, refusal):
    instance = api.DagsterInstance.ephemeral()

    def evaluate(made, cursor=None):
        return made.evaluate_tick(api.build_sensor_context(instance=instance, cursor=cursor))

    seen = []

    def asks(context, event):
        seen.append(event.run_id)
        return api.RunRequest()

    before = evaluate(watching(asks), "c0")
    key = api.AssetKey("watched")
    assert before.skip_message == f"No new materialization events found for asset key {key}"
    assert before.cursor == "c0"
    latest = [api.materialize([watched], instance=instance).run_id for _ in range(2)][-1]
    data = evaluate(watching(asks))
    assert seen == [latest]
    assert isinstance(data.cursor, str)
    assert len(data.run_requests) == 1
    assert evaluate(watching(asks), data.cursor).run_requests == []
    skipped = evaluate(watching(lambda context, event: api.SkipReason("no")))
    assert (skipped.skip_message, skipped.cursor) == ("no", data.cursor)
    name = refusal(lambda: evaluate(watching(lambda context, event: 3)))[0]
    assert name == "DagsterInvariantViolationError"


def test_fact_42_a_direct_call_yields_what_the_function_says(api, watched, watching, refusal):
    instance = api.DagsterInstance.ephemeral()

    def told(made):
        return list(made(api.build_sensor_context(instance=instance)))

    (skip,) = told(watching(lambda context, event: None))
    assert skip.skip_message.startswith("No new materialization events found")
    api.materialize([watched], instance=instance)
    assert told(watching(lambda context, event: api.RunRequest("a"))) == [api.RunRequest("a")]
    assert told(watching(lambda context, event: None)) == []
    both = [api.RunRequest("a"), api.RunRequest("b")]
    assert told(watching(lambda context, event: both)) == both
    name = refusal(lambda: told(watching(lambda context, event: 3)))[0]
    assert name == "DagsterInvariantViolationError"
    name = refusal(lambda: watching(lambda context, event: None)())[0]
    assert name == "DagsterInvalidInvocationError"


def test_an_asset_may_wait_for_one_from_elsewhere(api, refusal):
    waits = api.asset(name="waits", deps=["elsewhere"])(lambda: 1)
    assert api.materialize([waits]).asset_value("waits") == 1
    needs = api.asset(name="needs")(lambda elsewhere: 1)
    assert refusal(lambda: api.materialize([needs]))[0] == "DagsterInvalidDefinitionError"
