"""A location whose job brings an asset about."""

from sensors_app import AssetMaterialization, Definitions, RunRequest, job, op, sensor


@op
def bring_about(context):
    context.log_event(AssetMaterialization(["shop", "orders"], metadata={"rows": 3}))


@job
def orders_job():
    bring_about()


@sensor(job=orders_job, minimum_interval_seconds=3600)
def make_orders():
    return RunRequest(run_key=None)


defs = Definitions(jobs=[orders_job], sensors=[make_orders])
