"""A job that runs whenever another one materialized an asset.

``sensors dev -m examples.asset_watcher`` brings the assets about whenever ``prices.json`` in the
folder of PRICES_DIR (``prices_data`` by default) is written to; that wakes the asset sensor, whose
job announces the cheapest thing::

    mkdir -p prices_data && echo '{"tea": 3, "coffee": 4}' > prices_data/prices.json
    cat prices_data/announcements.txt
    sensors runs

Or all of it in one process, as a test would do it: ``python -m examples.asset_watcher``.

Try: a selection of ``"prices"`` alone for ``price_job``, and see that no announcement follows.
"""

import json
import os
from pathlib import Path

from sensors_app import (
    AssetKey,
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    Output,
    RunRequest,
    SkipReason,
    asset,
    asset_sensor,
    build_sensor_context,
    define_asset_job,
    job,
    op,
    sensor,
)

DATA = Path(os.environ.get("PRICES_DIR", "prices_data"))
PRICES, ANNOUNCEMENTS = DATA / "prices.json", DATA / "announcements.txt"


@asset
def prices():
    """What things cost, by name."""
    return json.loads(PRICES.read_text())


@asset
def cheapest(prices):
    """The cheapest thing."""
    name = min(prices, key=prices.get)
    return Output(name, metadata={"price": prices[name]})


price_job = define_asset_job("price_job", "*cheapest")


@op(config_schema={"price": float})
def announce(context):
    """Tell the world."""
    with ANNOUNCEMENTS.open("a") as announcements:
        announcements.write(f"Now from {context.op_config['price']:g}!\n")


@job
def announce_job():
    announce()


@sensor(
    job=price_job,
    minimum_interval_seconds=1,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run of the assets for each change of the file they are made from.",
)
def price_file_sensor():
    if not PRICES.exists():
        return SkipReason(f"There is no {PRICES}.")
    return RunRequest(run_key=str(PRICES.stat().st_mtime_ns))


@asset_sensor(
    asset_key=AssetKey("cheapest"),
    job=announce_job,
    default_status=DefaultSensorStatus.RUNNING,
)
def cheapest_sensor(context, asset_event):
    materialization = asset_event.dagster_event.event_specific_data.materialization
    price = materialization.metadata["price"]
    context.log.info("now from %g", price)
    return RunRequest(
        run_key=asset_event.run_id,
        run_config={"ops": {"announce": {"config": {"price": price}}}},
    )


defs = Definitions(
    assets=[prices, cheapest],
    jobs=[price_job, announce_job],
    sensors=[price_file_sensor, cheapest_sensor],
)


def show():
    """Bring the assets about, let the asset sensor react, and run what it asks for."""
    instance = DagsterInstance.ephemeral()
    defs.get_job_def("price_job").execute_in_process(instance=instance)
    tick = cheapest_sensor.evaluate_tick(build_sensor_context(instance=instance))
    for request in tick.run_requests:
        announce_job.execute_in_process(request.run_config, instance)


if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    if not PRICES.exists():
        PRICES.write_text('{"tea": 3, "coffee": 4}')
    show()
    print(ANNOUNCEMENTS.read_text())
