"""Arguments and options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from sensors_app.cli.names import complete_location, complete_sensor

F = TypeVar("F", bound=Callable[..., Any])

sensor_argument = click.argument("name", shell_complete=complete_sensor)
sensors_argument = click.argument(
    "names", metavar="[NAME]...", nargs=-1, shell_complete=complete_sensor
)
run_argument = click.argument("run_id", metavar="ID")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
location_option = click.option(
    "--location",
    "-l",
    metavar="NAME",
    shell_complete=complete_location,
    help="Only this code location.",
)


def limit_option(default: int, what: str) -> Callable[[F], F]:
    """Return the option that bounds how much is shown."""
    return click.option(
        "--limit",
        "-n",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help=f"How many {what} at most.",
    )


def timeout_option(what: str) -> Callable[[F], F]:
    """Return the option that bounds a wait."""
    return click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        default=60.0,
        show_default=True,
        help=f"How long to wait for {what}, seconds.",
    )
