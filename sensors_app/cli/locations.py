"""``locations`` and ``workers``: which code there is, and who serves it."""

import click

from sensors_app.cli.names import find_locations
from sensors_app.cli.options import json_option, location_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago
from sensors_app.model.locations import Role
from sensors_app.operating.alive import HEARD_OF_MS
from sensors_app.operating.records import location_record, placed_worker_record, process_records
from sensors_app.runtime import Runtime


@click.command()
@json_option
@with_runtime
def locations(runtime: Runtime, as_json: bool) -> None:
    """Show the code locations that have registered.

    EVALUATE, LAUNCH and REACT count the tasks that their living workers run at once.
    """
    found = find_locations(runtime.store)
    if as_json:
        show_json([location_record(location) for location in found])
        return
    now = runtime.store.now_ms()
    show_table(
        ("LOCATION", "MODULE", "VERSION", "REGISTERED", "SENSORS", "JOBS", *map(str.upper, Role)),
        [
            [
                location.snapshot.name,
                location.snapshot.module,
                location.snapshot.version,
                ago(location.registered_at, now),
                str(len(location.snapshot.sensors)),
                str(len(location.snapshot.job_names)),
                *(str(location.capacity(role)) for role in Role),
            ]
            for location in found
        ],
        ids=("LOCATION", "VERSION"),
    )


@click.command()
@location_option
@json_option
@with_runtime
def workers(runtime: Runtime, location: str | None, as_json: bool) -> None:
    """Show workers, beats and listeners, and those lately gone."""
    found = [
        (state.snapshot.name, worker)
        for state in find_locations(runtime.store, location)
        for worker in state.workers
    ]
    others = {
        "beat": runtime.store.sensors.beats(),
        "listener": runtime.store.sensors.listeners(),
    }
    if as_json:
        heard = {f"{kind}s": process_records(known) for kind, known in others.items()}
        show_json({"workers": [placed_worker_record(*each) for each in found], **heard})
        return
    now = runtime.store.now_ms()
    rows = [
        [
            "alive" if worker.alive else "gone",
            name,
            "+".join(worker.roles),
            str(worker.concurrency),
            worker.node,
            worker.version,
            ago(worker.seen_at, now),
        ]
        for name, worker in found
    ]
    rows += [
        ["alive" if silent < HEARD_OF_MS else "gone", "", kind, "", name, "", ago(-silent, 0)]
        for kind, known in others.items()
        for name, silent in known.items()
    ]
    show_table(
        ("STATE", "LOCATION", "ROLE", "TASKS", "NODE", "VERSION", "HEARD OF"), rows, ids=("NODE",)
    )
