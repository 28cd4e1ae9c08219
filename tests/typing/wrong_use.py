"""What users get wrong; both type checkers refuse each line that says so, and no other."""

from sensors_app import (
    AssetKey,
    CodeLocationSelector,
    Config,
    ConfigurableResource,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    HookContext,
    JobSelector,
    OpExecutionContext,
    RetryPolicy,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    absence_sensor,
    asset,
    asset_sensor,
    build_sensor_context,
    define_asset_job,
    job,
    join_sensor,
    op,
    run_failure_sensor,
    run_status_sensor,
    sensor,
    sensor_failure_sensor,
    success_hook,
    validate_run_config,
)


@op
def works() -> int:
    return 1


@job
def the_job() -> None:
    works()


@sensor(job=the_job)
def fine(context: SensorEvaluationContext) -> RunRequest:
    context.update_cursor(5)  # wrong
    context.cursor = "x"  # wrong
    print(context.dagster_run)  # wrong
    return RunRequest(run_key=3)  # wrong


# ---- sensors

sensor(jbo=the_job)  # wrong
sensor(job=works)  # wrong
sensor(jobs=the_job)  # wrong
sensor(job_name=the_job)  # wrong
sensor(minimum_interval_seconds="30")  # wrong
sensor(default_status="RUNNING")  # wrong
sensor(asset_selection=3)  # wrong
sensor(run_key_policy="twice")  # wrong
sensor(max_requests_per_tick="10")  # wrong


@sensor  # wrong
def bare() -> None: ...


@sensor(job=the_job)  # wrong
def returns_text() -> str:
    return "text"


@sensor(job=the_job)  # wrong
def returns_a_tuple() -> tuple[RunRequest, ...]:
    return (RunRequest(),)


@sensor(job=the_job)  # wrong
async def returns_a_number() -> int:
    return 3


fine.evaluate_tick(None)  # wrong
fine.evaluate()  # wrong
fine(build_sensor_context()).skip_message  # wrong
fine.minimum_interval_seconds = 3  # wrong

# ---- what sensors say

RunRequest("key", tags=["a"])  # wrong
RunRequest("key", asset_selection=["raw"])  # wrong
RunRequest(key="key")  # wrong
SkipReason(3)  # wrong
SensorResult([SkipReason("x")])  # wrong
SensorResult(cursor=3)  # wrong
RunRequest().run_key = "key"  # wrong

# ---- run-status sensors

run_status_sensor()  # wrong
run_status_sensor(run_status="SUCCESS")  # wrong
run_status_sensor(run_status=DagsterRunStatus.DONE)  # wrong
run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=["the_job"])  # wrong
run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=the_job)  # wrong
run_failure_sensor(run_status=DagsterRunStatus.FAILURE)  # wrong
sensor_failure_sensor(monitored_sensors=[the_job])  # wrong
sensor_failure_sensor(failures_in_a_row="3")  # wrong
sensor_failure_sensor(monitored_jobs=[the_job])  # wrong
join_sensor()  # wrong
join_sensor(jobs=["the_job"])  # wrong
join_sensor(jobs=[the_job, CodeLocationSelector("other")])  # wrong
join_sensor(jobs=[the_job, the_job], when="MISSING")  # wrong
absence_sensor()  # wrong
absence_sensor(within_seconds="60")  # wrong
CodeLocationSelector()  # wrong
JobSelector(job_name="the_job")  # wrong


@run_failure_sensor(request_job="the_job")  # wrong
def by_name() -> None: ...


@run_failure_sensor  # wrong
def counts(context: RunFailureSensorContext) -> int:
    return len(context.failure_event.messages)  # wrong


@run_status_sensor(DagsterRunStatus.SUCCESS)
def reads_too_much(context: RunStatusSensorContext) -> None:
    print(context.failure_event)  # wrong


# ---- assets

asset_sensor("raw", job=the_job)  # wrong
asset(name=3)  # wrong
AssetKey(3)  # wrong
define_asset_job()  # wrong
define_asset_job("name", 3)  # wrong

# ---- jobs


class Size(Config):
    size: int


class Server(ConfigurableResource):
    port: int


Size(size="x")  # wrong
Size()  # wrong
Server(port="x")  # wrong
op(nmae="x")  # wrong
op(config_schema=3, retry_policy=3)  # wrong
RetryPolicy(max_retries="3")  # wrong


@job  # wrong
def takes_values(value: int) -> None: ...


@success_hook  # wrong
def too_many(context: HookContext, other: int) -> None: ...


@op
def reads(context: OpExecutionContext) -> None:
    context.nothing()  # wrong


the_job.execute_in_process(run_config=3)  # wrong
the_job.execute_in_process(instance="x")  # wrong
the_job.execute_in_process().sucess  # wrong
validate_run_config("the_job")  # wrong

# ---- code locations and instances

Definitions(jobs=[fine])  # wrong
Definitions(sensors=[the_job])  # wrong
Definitions(sensor=[fine])  # wrong
DagsterInstance.ephemeral().get_runs("the_job")  # wrong
RunsFilter(statuses=["SUCCESS"])  # wrong
DefaultSensorStatus.STARTED  # wrong
