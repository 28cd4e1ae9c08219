"""What an instance tells of runs."""

import logging

import pytest


def test_runs_and_filters(api, target, failing):
    instance = api.DagsterInstance.ephemeral()
    first = target.execute_in_process(instance=instance)
    failed = failing.execute_in_process(instance=instance, raise_on_error=False)
    tagged = target.execute_in_process(instance=instance, tags={"team": "data"})
    names = {first.run_id: "first", failed.run_id: "failed", tagged.run_id: "tagged"}

    def found(filters=None, **arguments):
        return [names[run.run_id] for run in instance.get_runs(filters, **arguments)]

    status = api.DagsterRunStatus
    assert found() == ["tagged", "failed", "first"]
    assert found(limit=2) == ["tagged", "failed"]
    assert found(api.RunsFilter(job_name="target")) == ["tagged", "first"]
    assert found(api.RunsFilter(job_name="target"), limit=1) == ["tagged"]
    assert found(api.RunsFilter(statuses=[status.FAILURE])) == ["failed"]
    assert found(api.RunsFilter(statuses=[status.SUCCESS, status.FAILURE])) == found()
    assert found(api.RunsFilter(tags={"team": "data"})) == ["tagged"]
    assert found(api.RunsFilter(tags={"team": ["data", "web"]})) == ["tagged"]
    assert found(api.RunsFilter(run_ids=[first.run_id])) == ["first"]
    assert instance.get_run_by_id(first.run_id) == first.dagster_run
    assert instance.get_run_by_id("unknown") is None


def test_filters_are_checked(api, refusal):
    for wrong in (
        {"statuses": ["SUCCESS"]},
        {"job_name": 3},
        {"tags": 3},
        {"run_ids": "x"},
    ):
        assert "CheckError" in refusal(lambda given=wrong: api.RunsFilter(**given))[1]


def test_logs(api):
    instance = api.DagsterInstance.ephemeral()

    @api.op
    def speaks(context):
        context.log.info("info")
        context.log.warning("warning")

    result = api.job(name="j")(lambda: [speaks()].clear()).execute_in_process(instance=instance)
    log = instance.all_logs(result.run_id)
    said = [
        (each.user_message, each.level, each.step_key, each.job_name)
        for each in log
        if each.dagster_event is None
    ]
    assert said == [
        ("info", logging.INFO, "speaks", "j"),
        ("warning", logging.WARNING, "speaks", "j"),
    ]
    kind = api.DagsterEventType.STEP_START
    (entry,) = instance.all_logs(result.run_id, of_type=kind)
    assert entry.user_message == 'Started execution of step "speaks".'
    assert list(instance.all_logs("unknown")) == []


def test_runs(api, target, refusal):
    run = target.execute_in_process(tags={"a": 1}, run_config={"ops": {}}).dagster_run
    assert (run.job_name, run.status.value, run.tags) == ("target", "SUCCESS", {"a": "1"})
    assert (run.is_success, run.is_failure, run.run_config) == (True, False, {"ops": {}})
    assert len(api.DagsterRun(job_name="j").run_id) == 36
    assert "CheckError" in refusal(lambda: api.DagsterRun(job_name=3))[1]
    assert "AttributeError" in refusal(lambda: setattr(run, "status", None))[1]


@pytest.mark.parametrize(("asked", "status"), [(True, "CANCELED"), (False, "FAILURE")])
def test_interruption(api, asked, status):
    called = []

    @api.failure_hook
    def failed(context):
        called.append("failed")

    @api.success_hook
    def succeeded(context):
        called.append("succeeded")

    @api.op
    def interrupted(context):
        if asked:
            context.instance.report_run_canceling(context.run)
        raise api.DagsterExecutionInterruptedError

    @api.op
    def follows(_start):
        called.append("next step")

    made = api.job(name="j", hooks={failed, succeeded})(lambda: [follows(interrupted())].clear())
    with api.DagsterInstance.ephemeral() as instance:
        result = made.execute_in_process(instance=instance, raise_on_error=False)
        (run,) = instance.get_runs()
        log = instance.all_logs(run.run_id, of_type=api.DagsterEventType.STEP_FAILURE)
    assert (result.success, run.status.value, called) == (False, status, [])
    (failure,) = [each.dagster_event for each in log]
    assert failure.step_key == "interrupted"
    error = failure.event_specific_data.error
    assert error.cls_name == "DagsterExecutionInterruptedError"
