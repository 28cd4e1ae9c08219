"""The jobs, and the sensors that ask for them."""

from pathlib import Path

from examples.hacker_news.assets import Batch, stories
from examples.hacker_news.feed import Feed
from examples.hacker_news.warehouse import Warehouse
from sensors_app import (
    DefaultSensorStatus,
    RunConfig,
    RunFailureSensorContext,
    RunRequest,
    SensorEvaluationContext,
    SkipReason,
    asset_sensor,
    define_asset_job,
    run_failure_sensor,
    sensor,
)

BATCH = 10

load_job = define_asset_job("load_job", "group:load")
front_page_job = define_asset_job("front_page_job", "front_page")


@sensor(
    job=load_job,
    minimum_interval_seconds=1,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run for each ten new items: the cursor is the number of the last one.",
)
def new_items_sensor(context: SensorEvaluationContext, feed: Feed):
    seen, newest = int(context.cursor or 0), feed.last_number()
    if newest <= seen:
        return SkipReason(f"Nothing after item {seen}.")
    context.update_cursor(str(newest))
    batches = [
        Batch(first=first, last=min(first + BATCH - 1, newest))
        for first in range(seen + 1, newest + 1, BATCH)
    ]
    return [
        RunRequest(
            run_key=f"{batch.first}-{batch.last}",
            run_config=RunConfig(ops={"items": batch}),
            tags={"items": f"{batch.first}-{batch.last}"},
        )
        for batch in batches
    ]


@asset_sensor(
    asset_key=stories.key,
    job=front_page_job,
    default_status=DefaultSensorStatus.RUNNING,
)
def stories_sensor(context: SensorEvaluationContext, asset_event):
    rows = asset_event.dagster_event.event_specific_data.materialization.metadata["rows"]
    if not rows:
        return SkipReason("A batch without a story.")
    context.log.info("%d new stories", rows)
    return RunRequest(run_key=asset_event.run_id)


@run_failure_sensor(
    monitored_jobs=[load_job, front_page_job], default_status=DefaultSensorStatus.RUNNING
)
def failure_sensor(context: RunFailureSensorContext, warehouse: Warehouse):
    """Note what failed where an operator finds it."""
    run = context.dagster_run
    steps = [event.step_key for event in context.get_step_failure_events()]
    warehouse.write("failures", run.run_id, [{"job": run.job_name, "steps": steps, **run.tags}])
    context.log.info("noted in %s", Path(warehouse.folder) / "failures")
