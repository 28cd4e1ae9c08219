"""User code as people write it; both type checkers accept every line of it."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from sensors_app import (
    AbsenceContext,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    CodeLocationSelector,
    Config,
    ConfigurableResource,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    EnvVar,
    Field,
    HookContext,
    In,
    JobSelector,
    JoinContext,
    Nothing,
    OpExecutionContext,
    Out,
    Output,
    PushedEvent,
    RetryPolicy,
    RunConfig,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    RunStatusSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorFailureContext,
    SensorResult,
    SensorSelector,
    SkipReason,
    absence_sensor,
    asset,
    asset_sensor,
    build_absence_context,
    build_join_context,
    build_resources,
    build_run_status_sensor_context,
    build_sensor_context,
    build_sensor_failure_context,
    define_asset_job,
    failure_hook,
    job,
    join_sensor,
    make_email_on_run_failure_sensor,
    materialize,
    op,
    resource,
    run_failure_sensor,
    run_status_sensor,
    sensor,
    sensor_failure_sensor,
    success_hook,
    validate_run_config,
)
from sensors_app.model.events import EventLogEntry


class FileConfig(Config):
    filename: str
    limit: int = 10


class Database(ConfigurableResource):
    url: str
    pool: int = 4

    def rows(self) -> list[int]:
        return [len(self.url)] * self.pool


@op(config_schema={"filename": str, "size": Field(int, default_value=1)})
def process_file(context: OpExecutionContext) -> None:
    context.log.info(context.op_config["filename"])


@op
def process(config: FileConfig, database: Database) -> int:
    return len(config.filename) + sum(database.rows())


@op(ins={"start": In(Nothing)}, out={"a": Out(int), "b": Out(is_required=False)})
def several() -> Iterator[Output[int] | AssetMaterialization]:
    yield AssetMaterialization("made", metadata={"rows": 1})
    yield Output(1, "a")


@op(retry_policy=RetryPolicy(max_retries=2, delay=0.5))
def add(left: int, right: int) -> int:
    return left + right


@success_hook
def tells(context: HookContext) -> None:
    context.log.info(context.op.name)


@failure_hook(required_resource_keys={"database"})
def warns(context: HookContext) -> None:
    context.log.error(repr(context.op_exception))


@job(hooks={tells}, tags={"team": "data", "level": 1})
def log_file_job() -> None:
    process_file()


@job(resource_defs={"database": Database(url=EnvVar("DATABASE_URL"))})
def big_job() -> None:
    made = several(start=process())
    add.with_hooks({warns}).alias("added")(made.a, add(process(), process()))


@asset
def raw() -> list[int]:
    return [1, 2]


@asset(deps=[raw], group_name="reports")
def total(raw: list[int]) -> int:
    return sum(raw)


asset_job = define_asset_job("asset_job", "*total")
other_job = define_asset_job("other_job", AssetSelection.assets(raw) | AssetSelection.keys("total"))


@sensor(
    job=log_file_job,
    minimum_interval_seconds=45,
    jitter_seconds=5,
    max_requests_per_tick=100,
    run_key_ttl=timedelta(days=90),
    run_key_policy="retry_failed",
)
def my_directory_sensor() -> Iterator[RunRequest | SkipReason]:
    for filename in os.listdir("."):
        yield RunRequest(
            run_key=filename,
            run_config={"ops": {"process_file": {"config": {"filename": filename}}}},
        )
    yield SkipReason("No files found.")


@sensor(jobs=[log_file_job, asset_job], default_status=DefaultSensorStatus.RUNNING)
def with_cursor(context: SensorEvaluationContext, database: Database) -> SensorResult:
    last = int(context.cursor) if context.cursor else 0
    context.log.info("at %s", last)
    requests = [RunRequest(str(row), job_name="asset_job") for row in database.rows()]
    return SensorResult(run_requests=requests, cursor=str(last + 1))


@sensor(asset_selection=[raw, AssetKey("total")])
def of_assets() -> list[RunRequest]:
    return [RunRequest(asset_selection=[AssetKey("raw")], tags={"a": "b"})]


@sensor(target="*", required_resource_keys={"database"})
def maybe(context: SensorEvaluationContext) -> RunRequest | SkipReason | None:
    context.update_cursor(None)
    return RunRequest() if context.resources.database else None


@sensor(job=asset_job)
async def asynchronous(context: SensorEvaluationContext) -> SkipReason:
    return SkipReason(context.sensor_name)


@sensor(job=asset_job)
async def streaming() -> AsyncIterator[RunRequest]:
    yield RunRequest("a", run_config=RunConfig(ops={"process": FileConfig(filename="f")}))


@sensor(job_name="asset_job")
def unannotated(context):  # type: ignore[no-untyped-def]
    return RunRequest(context.cursor)


@asset_sensor(asset_key=AssetKey("raw"), job=log_file_job)
def on_raw(context: SensorEvaluationContext, asset_event: EventLogEntry) -> RunRequest:
    return RunRequest(run_key=context.cursor, tags={"run": asset_event.run_id})


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[log_file_job, CodeLocationSelector(location_name="defs")],
    request_job=asset_job,
)
def on_success(context: RunStatusSensorContext) -> RunRequest | SkipReason:
    if context.dagster_run.job_name == "asset_job":
        return SkipReason("Don't report the report")
    return RunRequest(run_key=None, tags=context.dagster_run.tags)


@run_failure_sensor
def on_failure(context: RunFailureSensorContext) -> None:
    print(context.failure_event.message, context.get_step_failure_events())


@run_failure_sensor("named", monitored_jobs=[JobSelector("defs", job_name="data_update")])
def on_failure_elsewhere() -> None:
    print("failed")


@sensor_failure_sensor
def on_sensor_failure(context: SensorFailureContext) -> SkipReason:
    where: str = context.failed_sensor.location
    return SkipReason(f"{where}: {context.message}")


@sensor_failure_sensor(
    monitored_sensors=[with_cursor, on_failure, SensorSelector("defs", "other")],
    failures_in_a_row=3,
    late_intervals=5,
    batch_size=10,
    request_job=log_file_job,
)
def on_sensor_failures(contexts: list[SensorFailureContext]) -> RunRequest:
    return RunRequest(run_key=contexts[0].tick_id)


@join_sensor(
    jobs=[log_file_job, JobSelector("defs", job_name="data_update")],
    by="partition",
    within_seconds=60,
    request_job=log_file_job,
)
def on_both(context: JoinContext) -> RunRequest:
    run: DagsterRun = context.runs["log_file_job"]
    return RunRequest(run_key=f"{context.correlation} {run.run_id} {context.missing}")


@absence_sensor(within_seconds=0.5, monitored_jobs=[log_file_job])
def on_silence(context: AbsenceContext) -> None:
    seconds: float = context.since
    last: DagsterRun | None = context.last_run
    print(seconds, last)


email_on_run_failure = make_email_on_run_failure_sensor(
    email_from="no-reply@example.com",
    email_password=os.getenv("ALERT_EMAIL_PASSWORD", ""),
    email_to=["xxx@example.com"],
)


@resource(config_schema={"path": str})
def files() -> str:
    return "files"


@resource
def credentials() -> Iterator[str]:
    yield "secret"


defs = Definitions(
    assets=[raw, total],
    jobs=[log_file_job, big_job, asset_job, other_job],
    sensors=[my_directory_sensor, with_cursor, on_raw, on_success, on_failure],
    resources={"database": Database(url="db://"), "files": files, "limit": 3},
)


@sensor(job=log_file_job)
def told(context: SensorEvaluationContext) -> Iterator[RunRequest]:
    for event in context.events:
        yield RunRequest(run_key=event.id, tags={"at": str(event.received_at + 1.0)})


def test_told() -> None:
    told(build_sensor_context(events=[PushedEvent("1-0", 0.0, {"order": 7})]))


def test_my_directory_sensor() -> None:
    for request in my_directory_sensor():
        if isinstance(request, RunRequest):
            assert validate_run_config(log_file_job, request.run_config)
    key: str | None = with_cursor(build_sensor_context(cursor="1")).cursor
    data = with_cursor.evaluate_tick(build_sensor_context(resources={"database": 1}))
    keys = [request.run_key for request in data.run_requests]
    assert keys != [key]


def test_on_sensor_failure() -> None:
    reason: SkipReason = on_sensor_failure(build_sensor_failure_context("with_cursor"))
    assert reason.skip_message


def test_on_both() -> None:
    request: RunRequest = on_both(build_join_context({}, missing=["data_update"]))
    assert request.run_key
    on_silence(build_absence_context(since=1.5))


def test_on_failure() -> None:
    instance = DagsterInstance.ephemeral()
    result = log_file_job.execute_in_process(instance=instance, raise_on_error=False)
    context = build_run_status_sensor_context(
        sensor_name="on_failure",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_job_failure_event(),
    )
    on_failure(context.for_run_failure())
    events = result.filter_events(lambda event: event.event_type is DagsterEventType.STEP_START)
    assert [event.step_key for event in events]
    assert instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]), limit=1)
    assert materialize([raw, total], selection=[raw]).asset_value("raw") == [1, 2]
    with build_resources({"credentials": credentials}) as resources:
        assert resources.credentials


everything: list[SensorDefinition] = [my_directory_sensor, on_success, email_on_run_failure]
