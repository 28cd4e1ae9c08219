"""Facts 23 to 32: run-status sensors, and what runs say of themselves."""

import pytest


@pytest.fixture
def tick(api, instance):
    cursors = {}

    def evaluate(made):
        context = api.build_sensor_context(instance=instance, cursor=cursors.get(made))
        data = made.evaluate_tick(context)
        cursors[made] = data.cursor
        return data

    return evaluate


@pytest.fixture
def on_success(api):
    def make(function, **arguments):
        status = api.DagsterRunStatus.SUCCESS
        return api.run_status_sensor(run_status=status, name="s", **arguments)(function)

    return make


def test_facts_23_and_24_position_and_limit(instance, tick, on_success, target):
    seen = []
    watcher = on_success(lambda context: seen.append(context.dagster_run.run_id))
    target.execute_in_process(instance=instance)
    assert tick(watcher).skip_message.startswith("Initiating s. Set cursor to ")
    ran = [target.execute_in_process(instance=instance).run_id for _ in range(6)]
    assert len(tick(watcher).dagster_run_reactions) == 5
    assert len(tick(watcher).dagster_run_reactions) == 1
    assert seen == ran


def test_fact_24_the_first_result_ends_it(api, instance, tick, on_success, target):
    watcher = on_success(lambda context: api.SkipReason("no"))
    tick(watcher)
    for _ in range(2):
        target.execute_in_process(instance=instance)
    assert [tick(watcher).skip_message for _ in range(2)] == ["no", "no"]


def test_fact_25_reactions(instance, tick, on_success, target):
    def raises(context):
        raise KeyError("x")

    quiet, loud = on_success(lambda context: None), on_success(raises)
    for watcher in (quiet, loud):
        tick(watcher)
    target.execute_in_process(instance=instance)
    data = tick(quiet)
    assert data.skip_message is None
    assert data.dagster_run_reactions[0].error is None
    assert "KeyError: 'x'" in tick(loud).dagster_run_reactions[0].error.to_string()
    assert tick(loud).dagster_run_reactions == []


def test_fact_26_statuses(api, refusal):
    for name in ("NOT_STARTED", "MANAGED"):
        status = api.DagsterRunStatus[name]
        make = api.run_status_sensor(run_status=status, name="s")
        assert refusal(lambda make=make: make(lambda: None))[0] == "KeyError"
    for name in ("QUEUED", "STARTING", "STARTED", "CANCELING", "CANCELED"):
        api.run_status_sensor(run_status=api.DagsterRunStatus[name], name="s")(lambda: None)


def test_fact_27_early_statuses(api, instance, tick, failing):
    seen = []
    watcher = api.run_status_sensor(run_status=api.DagsterRunStatus.STARTED, name="s")(
        lambda context: seen.append(
            (context.dagster_event.event_type_value, context.dagster_run.status.value)
        )
    )
    tick(watcher)
    failing.execute_in_process(instance=instance, raise_on_error=False)
    tick(watcher)
    assert seen == [("PIPELINE_START", "FAILURE")]


def test_fact_28_selectors(api, instance, tick, on_success, target):
    watcher = on_success(lambda context: None, monitored_jobs=[api.CodeLocationSelector("l")])
    tick(watcher)
    target.execute_in_process(instance=instance)
    assert tick(watcher).dagster_run_reactions == []


def test_fact_29_contexts(api, instance, failing, refusal):
    result = failing.execute_in_process(instance=instance, raise_on_error=False)
    context = api.build_run_status_sensor_context(
        sensor_name="s",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    )
    assert refusal(lambda: context.failure_event)[0] == "AttributeError"

    def told(context):
        (step,) = context.get_step_failure_events()
        return context.failure_event.message, step.event_specific_data.error.cause.message

    message = "Execution of run for \"failing\" failed. Steps failed: ['boom']."
    assert api.run_failure_sensor("s")(told)(context) == (message, "ValueError: boom\n")


@pytest.mark.parametrize("word", ["monitor_all_code_locations", "monitor_all_repositories"])
def test_fact_30_everything_or_some(on_success, target, refusal, word):
    name, _, message = refusal(
        lambda: on_success(lambda: None, monitored_jobs=[target], **{word: True})
    )
    assert name == "DagsterInvalidDefinitionError"
    assert message == f"Cannot specify both {word} and monitored_jobs."


def test_fact_31_selectors(api, refusal):
    assert api.CodeLocationSelector("l").location_name == "l"
    assert api.JobSelector("l", job_name="j").repository_name == "__repository__"
    assert refusal(lambda: api.JobSelector("l"))[0] == "CheckError"


def test_fact_32_messages(target, failing):
    good = target.execute_in_process()
    assert good.all_events[0].message == 'Started execution of run for "target".'
    assert good.get_run_success_event().message == 'Finished execution of run for "target".'
    bad = failing.execute_in_process(raise_on_error=False)
    (event,) = [each for each in bad.all_events if each.event_type_value == "STEP_FAILURE"]
    assert event.message == 'Execution of step "boom" failed.'
    error = event.event_specific_data.error
    assert error.cls_name == "DagsterExecutionStepExecutionError"
    assert error.cause.message == "ValueError: boom\n"


@pytest.mark.parametrize("word", ["monitor_all_code_locations", "monitor_all_repositories"])
def test_fact_30_the_older_word_for_jobs(on_success, target, refusal, word):
    name, _, message = refusal(
        lambda: on_success(lambda: None, job_selection=[target], **{word: True})
    )
    assert name == "DagsterInvalidDefinitionError"
    assert message == f"Cannot specify both {word} and job_selection."


def test_fact_30_the_older_word_for_jobs_of_failures(api, target, refusal):
    arguments = {"job_selection": [target], "monitor_all_code_locations": True}
    message = refusal(lambda: api.run_failure_sensor("s", **arguments)(lambda: None))[2]
    assert message == "Cannot specify both monitor_all_code_locations and monitored_jobs."


@pytest.mark.parametrize("status", ["CANCELING", "CANCELED"])
def test_fact_26_cancelling(api, tick, instance, target, status):
    seen = []
    watcher = api.run_status_sensor(run_status=api.DagsterRunStatus[status], name="s")(
        lambda context: seen.append((context.dagster_run.run_id, context.dagster_run.status.value))
    )
    tick(watcher)
    run = instance.create_run_for_job(target)
    assert instance.report_run_canceling(run) is None
    event = instance.report_run_canceled(run)
    assert event.event_type_value == "PIPELINE_CANCELED"
    tick(watcher)
    assert seen == [(run.run_id, "CANCELED")]


def test_fact_25_several_results(api, instance, tick, on_success, target):
    def asks(context):
        yield api.RunRequest("a")
        yield api.RunRequest("b")

    watcher = on_success(asks, request_job=target)
    tick(watcher)
    target.execute_in_process(instance=instance)
    data = tick(watcher)
    assert [each.run_key for each in data.run_requests] == ["a", "b"]
    assert [each.tags["dagster/sensor_name"] for each in data.run_requests] == ["s", "s"]


def test_direct_calls(api, instance, target, on_success, refusal):
    result = target.execute_in_process(instance=instance)
    context = api.build_run_status_sensor_context(
        sensor_name="s",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_success_event(),
    )
    made = on_success(lambda context: context.dagster_run.job_name)
    assert made(context) == made(context=context) == "target"
    assert refusal(made)[0] == "DagsterInvalidInvocationError"
    assert refusal(lambda: made(context, context))[0] == "DagsterInvalidInvocationError"
    assert refusal(lambda: made(foo=context))[0] == "DagsterInvalidInvocationError"
    assert "CheckError" in refusal(lambda: made(3))[1]
    assert "CheckError" in refusal(lambda: made(api.build_sensor_context()))[1]
    assert api.run_failure_sensor("f")(lambda: "called")() == "called"
    assert on_success(lambda: "called")(context) == "called"
