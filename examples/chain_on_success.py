"""A job that follows another: each success of ``load_orders`` asks for a run of ``report_sales``.

Run it for real, and have a day loaded::

    make dev MODULE=examples.chain_on_success
    sensors evaluate load_monday    # in another terminal
    sensors runs

Or in one process, as a test would do it::

    python -m examples.chain_on_success

Try: have ``load`` raise, and see that no report follows.
"""

from sensors_app import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    build_sensor_context,
    job,
    op,
    run_status_sensor,
    sensor,
)

ORDERS = {"monday": [12.5, 7.5], "tuesday": [30.0]}


@op(config_schema={"day": str})
def load(context):
    """Load the orders of a day."""
    orders = ORDERS[context.op_config["day"]]
    context.log.info("%d orders", len(orders))
    return orders


@job
def load_orders():
    load()


@sensor(job=load_orders)
def load_monday():
    """Off, but for ``sensors evaluate load_monday``: one run, at once."""
    return RunRequest(run_config={"ops": {"load": {"config": {"day": "monday"}}}})


@op(config_schema={"day": str, "loaded_by": str})
def report(context):
    """Add up what was sold on that day."""
    return {**context.op_config, "sales": sum(ORDERS[context.op_config["day"]])}


@job
def report_sales():
    report()


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    # Without monitored_jobs, the report's own success would ask for another report.
    monitored_jobs=[load_orders],
    request_job=report_sales,
    default_status=DefaultSensorStatus.RUNNING,
)
def after_load(context):
    run = context.dagster_run
    day = run.run_config["ops"]["load"]["config"]["day"]
    return RunRequest(
        # One report for each load, even if its success should be told twice.
        run_key=run.run_id,
        run_config={"ops": {"report": {"config": {"day": day, "loaded_by": run.run_id}}}},
    )


defs = Definitions(jobs=[load_orders, report_sales], sensors=[load_monday, after_load])


def show(day):
    """Load a day, let the sensor react, and return the reports of the runs it asks for."""
    instance = DagsterInstance.ephemeral()
    # The first evaluation only takes up its position: it reacts to what ends from here on.
    start = after_load.evaluate_tick(build_sensor_context(instance=instance))
    load_orders.execute_in_process({"ops": {"load": {"config": {"day": day}}}}, instance)
    tick = after_load.evaluate_tick(build_sensor_context(instance=instance, cursor=start.cursor))
    runs = [report_sales.execute_in_process(each.run_config) for each in tick.run_requests]
    return [run.output_for_node("report") for run in runs]


if __name__ == "__main__":
    print(show("monday"))
