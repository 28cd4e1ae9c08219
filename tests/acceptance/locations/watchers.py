"""A location that waits for an asset of another one, with an interval nobody would wait for."""

from sensors_app import (
    AssetKey,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    asset_sensor,
    job,
    op,
)


@op(config_schema={"rows": int})
def count_rows(context):
    context.log.info("%d rows", context.op_config["rows"])


@job
def report_job():
    count_rows()


@asset_sensor(
    asset_key=AssetKey(["shop", "orders"]),
    job=report_job,
    minimum_interval_seconds=3600,
    default_status=DefaultSensorStatus.RUNNING,
)
def when_orders(context, asset_event):
    rows = asset_event.dagster_event.event_specific_data.materialization.metadata["rows"]
    return RunRequest(
        run_key=context.cursor, run_config={"ops": {"count_rows": {"config": {"rows": rows}}}}
    )


defs = Definitions(jobs=[report_job], sensors=[when_orders])
