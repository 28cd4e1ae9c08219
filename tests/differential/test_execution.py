"""What jobs do, beyond the numbered facts: outputs, inputs, retries, failures, hooks."""

import itertools

import pytest


@pytest.fixture
def run(api):
    """Run a job of what the body adds to it."""

    def ran(body, **arguments):
        made = api.job(name="j", **arguments)(lambda: [body()].clear())
        return made.execute_in_process(raise_on_error=False)

    return ran


@pytest.fixture
def flaky(api):
    """An op that raises some times before it tells how often it was tried again."""

    def make(error, times, **arguments):
        calls = itertools.count()

        def tries(context):
            if next(calls) < times:
                raise error
            return context.retry_number

        return api.op(name="flaky", **arguments)(tries)

    return make


def failure_of(result):
    (event,) = [each for each in result.all_events if each.event_type_value == "STEP_FAILURE"]
    return event.event_specific_data.error


def test_values_travel(api, run, works):
    echo = api.op(name="echo")(lambda value: value)
    assert run(lambda: echo(works())).output_for_node("echo") == 1
    assert run(lambda: echo([works(), works()])).output_for_node("echo") == [1, 1]
    assert run(lambda: echo.alias("other")(works())).output_for_node("other") == 1


def test_several_outputs(api, run):
    both = {"a": api.Out(), "b": api.Out()}
    returns = api.op(name="two", out=both)(lambda: (1, 2))
    assert run(returns).output_for_node("two", "b") == 2

    def generator():
        yield api.Output(1, "a")

    assert not run(api.op(name="two", out=both)(generator)).success
    both["b"] = api.Out(is_required=False)
    result = run(api.op(name="two", out=both)(generator))
    assert (result.success, result.output_for_node("two", "a")) == (True, 1)


def test_order_without_values(api, run, works):
    after = api.op(name="after", ins={"start": api.In(api.Nothing)})(lambda: "after")
    assert run(lambda: after(start=works())).output_for_node("after") == "after"
    assert run(lambda: after([works(), works()])).output_for_node("after") == "after"


def test_types(api, run, refusal):
    def typed() -> int:
        return "text"

    result = run(api.op(typed))
    assert failure_of(result).cls_name == "DagsterTypeCheckDidNotPass"
    assert "Type check failed for step output" in failure_of(result).message


def test_what_is_not_there(run, works, boom, refusal):
    good, bad = run(works), run(boom)
    for call in (
        lambda: good.output_for_node("zz"),
        lambda: good.output_for_node("works", "zz"),
        lambda: bad.output_for_node("boom"),
    ):
        assert refusal(call)[0] == "DagsterInvariantViolationError"
    assert refusal(good.get_run_failure_event)[2] == (
        "No event of type DagsterEventType.PIPELINE_FAILURE found."
    )
    assert (good.get_failed_step_keys(), bad.get_failed_step_keys()) == (set(), {"boom"})
    assert (bad.is_node_failed("boom"), bad.is_node_success("boom")) == (True, False)


def test_retries(api, run, flaky):
    policy = {"retry_policy": api.RetryPolicy(max_retries=2)}
    result = run(flaky(ValueError("x"), 2, **policy))
    assert (result.output_for_node("flaky"), result.retry_attempts_for_node("flaky")) == (2, 2)
    kinds = [each.event_type_value for each in result.events_for_node("flaky")]
    assert kinds.count("STEP_UP_FOR_RETRY") == kinds.count("STEP_RESTARTED") == 2
    exhausted = run(flaky(ValueError("x"), 9, **policy))
    assert failure_of(exhausted).message == "Exceeded max_retries of 2\n"
    assert failure_of(exhausted).cause.message == "ValueError: x\n"
    asked = run(flaky(api.RetryRequested(max_retries=1, seconds_to_wait=0.01), 1))
    assert asked.output_for_node("flaky") == 1


def test_failures(api, run, flaky):
    policy = {"retry_policy": api.RetryPolicy(max_retries=2)}
    final = run(flaky(api.Failure("why", allow_retries=False), 9, **policy))
    assert final.retry_attempts_for_node("flaky") == 0
    assert failure_of(final).cls_name == "Failure"
    failure = api.Failure(description="why")
    assert (failure.description, failure.allow_retries) == ("why", True)


def test_hooks_of_one_use(api, run, works):
    seen = []
    tells = api.success_hook(name="tells")(lambda context: seen.append(context.op.name))
    run(lambda: [works.with_hooks({tells})(), works()].clear())
    assert seen == ["works"]


def test_direct_calls_of_ops(api, works, refusal):
    echo = api.op(name="echo")(lambda value: value)
    assert (works(), echo(3), echo(value=3)) == (1, 3, 3)
    message = 'No value provided for required input "value".'
    for call in (echo, lambda: echo(other=1)):
        name, _, text = refusal(call)
        assert (name, text) == ("DagsterInvalidInvocationError", message)
    assert refusal(lambda: echo(1, 2))[0] == "DagsterInvalidInvocationError"
    reads = api.op(name="reads")(lambda context: 1)
    assert refusal(reads)[0] == "DagsterInvalidInvocationError"
    assert reads(None) == 1


@pytest.mark.parametrize("names", [["context"], ["_context"], ["_"]])
def test_fact_13_contexts_of_ops(api, names):
    function = eval(f"lambda {names[0]}: 1")
    assert list(api.op(name="o")(function).ins) == []
    assert list(api.op(name="o")(lambda foo: 1).ins) == ["foo"]
