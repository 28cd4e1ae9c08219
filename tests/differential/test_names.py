"""The tables of names and of attributes that users read, and the older spellings of both."""

import importlib

import pytest

import sensors_app

NAMES = """
sensor SensorDefinition SensorEvaluationContext build_sensor_context run_status_sensor
run_failure_sensor RunStatusSensorDefinition RunStatusSensorContext RunFailureSensorContext
build_run_status_sensor_context RunRequest SkipReason op job define_asset_job DefaultSensorStatus
validate_run_config DagsterRunStatus Definitions make_email_on_run_failure_sensor
CodeLocationSelector JobSelector DagsterInstance resource build_resources
asset asset_sensor AssetKey AssetMaterialization AssetSensorDefinition DagsterEvent DagsterEventType
DagsterRun ExecuteInProcessResult Failure Field HookDefinition In JobDefinition Noneable Nothing
OpDefinition Out Output RepositorySelector ResourceDefinition RetryPolicy RetryRequested RunsFilter
failure_hook success_hook DagsterError DagsterInvalidConfigError DagsterInvalidDefinitionError
DagsterInvalidInvocationError DagsterInvariantViolationError DagsterResourceFunctionError
DagsterTypeCheckDidNotPass DagsterUnknownResourceError DagsterExecutionInterruptedError
AssetSelection Config ConfigurableResource EnvVar PermissiveConfig RunConfig SensorResult
materialize repository
"""
ERRORS = """
DagsterError DagsterInvalidConfigError DagsterInvalidDefinitionError DagsterInvalidInvocationError
DagsterInvariantViolationError DagsterResourceFunctionError DagsterTypeCheckDidNotPass
DagsterUnknownResourceError DagsterMaxRetriesExceededError DagsterExecutionStepExecutionError
DagsterInvalidSubsetError DagsterInvalidConfigDefinitionError DagsterStepOutputNotFoundError
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_names(api, name):
    assert getattr(api, name) is not None


@pytest.mark.parametrize("name", ERRORS.split())
def test_errors_are_of_one_module_and_have_one_base(name):
    ours = getattr(importlib.import_module("sensors_app.errors"), name)
    assert issubclass(ours, sensors_app.DagsterError)
    if importlib.util.find_spec("dagster"):
        theirs = getattr(importlib.import_module("dagster._core.errors"), name)
        bases = {each.__name__ for each in theirs.__mro__ if each.__module__ != "builtins"}
        assert bases - {each.__name__ for each in ours.__mro__} <= {"DagsterUserCodeExecutionError"}


def test_checks_have_errors_of_their_own(refusal, api):
    name, classes, _ = refusal(lambda: api.RunRequest(run_key=3))
    assert (name, "CheckError" in classes) == ("ParameterCheckError", True)
    assert issubclass(sensors_app.errors.ParameterCheckError, sensors_app.errors.CheckError)


@pytest.fixture
def kinds(api, target, failing, works, instance):
    """An object of each row of the table of attributes."""
    watcher = api.sensor(name="s", job=target)(lambda: api.RunRequest("a"))
    bad = failing.execute_in_process(instance=instance, raise_on_error=False)
    status = api.build_run_status_sensor_context(
        sensor_name="s",
        dagster_instance=instance,
        dagster_run=bad.dagster_run,
        dagster_event=bad.get_run_failure_event(),
    )
    context = api.SensorEvaluationContext(
        instance_ref=None,
        last_tick_completion_time=1.0,
        last_run_key="k",
        cursor="c",
        repository_name="r",
        sensor_name="s",
        last_sensor_start_time=0.5,
    )
    (step,) = [each for each in bad.all_events if each.event_type_value == "STEP_FAILURE"]
    return {
        "sensor": watcher,
        "asset sensor": api.asset_sensor(api.AssetKey("a"), name="s", job=target)(lambda: None),
        "data": watcher.evaluate_tick(api.build_sensor_context()),
        "context": context,
        "status context": status,
        "failure context": status.for_run_failure(),
        "request": api.RunRequest(),
        "job": target,
        "op": works,
        "result": bad,
        "event": step,
        "error": step.event_specific_data.error,
        "run": bad.dagster_run,
        "instance": instance,
        "entry": instance.all_logs(bad.run_id)[0],
        "definitions": api.Definitions(jobs=[target]),
    }


ATTRIBUTES = {
    "sensor": "name job job_name jobs description minimum_interval_seconds default_status "
    "required_resource_keys tags metadata evaluate_tick",
    "asset sensor": "asset_key name job_name",
    "data": "run_requests skip_message cursor dagster_run_reactions",
    "context": "cursor update_cursor log sensor_name last_run_key last_tick_completion_time "
    "repository_name repository_def resources is_first_tick_since_sensor_start __enter__ "
    "last_completion_time",
    "status context": "sensor_name dagster_run dagster_event instance partition_key "
    "for_run_failure log",
    "failure context": "failure_event get_step_failure_events",
    "request": "run_key run_config tags job_name asset_selection stale_assets_only partition_key",
    "job": "name description tags execute_in_process with_hooks",
    "op": "name description tags ins outs alias with_hooks",
    "result": "success run_id dagster_run all_events output_for_node events_for_node filter_events "
    "is_node_success is_node_failed is_node_untouched get_failed_step_keys retry_attempts_for_node "
    "asset_value get_run_success_event get_run_failure_event",
    "event": "event_type event_type_value message job_name step_key event_specific_data asset_key",
    "error": "message cls_name cause to_string",
    "run": "job_name run_id status tags run_config is_success is_failure",
    "instance": "get_runs get_run_by_id all_logs create_run_for_job report_run_canceling "
    "report_run_canceled",
    "entry": "user_message level step_key job_name dagster_event run_id timestamp",
    "definitions": "get_job_def get_sensor_def resolve_job_def resolve_sensor_def "
    "validate_loadable",
}


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_attributes(kinds, kind):
    missing = [name for name in ATTRIBUTES[kind].split() if not hasattr(kinds[kind], name)]
    assert missing == []


def test_attributes_of_op_contexts(api):
    seen = {}

    @api.op(config_schema={"a": int}, required_resource_keys={"r"})
    def reads(context):
        seen.update(
            op_config=context.op_config,
            run_id=context.run_id,
            job_name=context.job_name,
            retry_number=context.retry_number,
            tags=(context.has_tag("t"), context.get_tag("t"), context.get_tag("zz")),
            op_def=context.op_def.name,
            run_config=context.run_config,
            resource=context.resources.r,
        )
        context.log.info("line")
        context.log_event(api.AssetMaterialization("made"))

    config = {"ops": {"reads": {"config": {"a": 1}}}}
    made = api.job(name="j", tags={"t": "x"})(lambda: [reads()].clear())
    result = made.execute_in_process(config, resources={"r": 5})
    assert seen == {
        "op_config": {"a": 1},
        "run_id": result.run_id,
        "job_name": "j",
        "retry_number": 0,
        "tags": (True, "x", None),
        "op_def": "reads",
        "run_config": config,
        "resource": 5,
    }


def test_attributes_of_hook_contexts(api, works, boom):
    seen = []

    def tells(context):
        error = context.op_exception
        seen.append((context.op.name, context.job_name, repr(error), context.resources.r))

    keys = {"required_resource_keys": {"r"}}
    hooks = {api.success_hook(name="s", **keys)(tells), api.failure_hook(name="f", **keys)(tells)}
    made = api.job(name="j", hooks=hooks, resource_defs={"r": 1})
    if api is not sensors_app:
        made = api.job(
            name="j", hooks=hooks, resource_defs={"r": api.ResourceDefinition.hardcoded_resource(1)}
        )
    made(lambda: [works(), boom()].clear()).execute_in_process(raise_on_error=False)
    assert sorted(seen) == [("boom", "j", "ValueError('boom')", 1), ("works", "j", "None", 1)]


def test_older_names_stay():
    """Dagster 1.13 has dropped some of what the reference page uses."""
    result = sensors_app.ExecuteInProcessResult
    assert result.get_job_success_event is result.get_run_success_event
    assert result.get_job_failure_event is result.get_run_failure_event
