"""``limits``: how far concurrency limits are used up, and what waits for them."""

import click

from sensors_app.cli.names import find_locations
from sensors_app.cli.options import json_option, location_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import with_runtime
from sensors_app.operating.limits import Use, use_record, uses
from sensors_app.runtime import Runtime


@click.command()
@location_option
@json_option
@with_runtime
def limits(runtime: Runtime, location: str | None, as_json: bool) -> None:
    """Show concurrency limits: slots in use, runs that wait.

    A run has a slot from when it is sent to the workers until it has ended. One that several limits
    apply to waits at the first that is full.
    """
    found = [
        (state.snapshot.name, use)
        for state in find_locations(runtime.store, location)
        for use in uses(
            state.snapshot.concurrency_limits, runtime.store.overview.groups(state.snapshot.name)
        )
    ]
    if as_json:
        show_json([use_record(name, use) for name, use in found])
    elif found:
        show_table(
            ("LOCATION", "LIMIT FOR", "RUNNING", "WAITING"),
            [_row(name, use) for name, use in found],
        )
    else:
        click.echo("No concurrency limit: Definitions(concurrency_limits=[…]) sets some.")


def _row(location: str, use: Use) -> list[str]:
    size = "no limit any more" if use.limit is None else f"{use.limit.limit:,}"
    return [location, use.what, f"{use.running:,} of {size}", f"{use.waiting:,}"]
