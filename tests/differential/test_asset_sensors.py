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
