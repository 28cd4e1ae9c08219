"""The command ``sensors`` itself: its subcommands by section, and how errors end it."""

import io
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import click

from sensors_app.cli.alive import alive
from sensors_app.cli.canceling import cancel
from sensors_app.cli.completion import PROGRAM, VARIABLE, completion
from sensors_app.cli.dead_letters import dead_letters
from sensors_app.cli.dev.command import dev
from sensors_app.cli.doctor import doctor
from sensors_app.cli.evaluating import evaluate, preview
from sensors_app.cli.events import events
from sensors_app.cli.failure import EXIT_CODES_HELP, failure_of
from sensors_app.cli.held import discard, held, release
from sensors_app.cli.lag import lag
from sensors_app.cli.limits import limits
from sensors_app.cli.listing import list_sensors
from sensors_app.cli.locations import locations, workers
from sensors_app.cli.positions import replay, skip
from sensors_app.cli.processes import beat, listener, web, worker
from sensors_app.cli.reactions import reactions
from sensors_app.cli.reexecuting import re_execute
from sensors_app.cli.remembering import cursor, run_keys
from sensors_app.cli.runs import run, runs
from sensors_app.cli.switching import reset, start, stop
from sensors_app.cli.ticks import tick, ticks
from sensors_app.errors import DagsterError

SECTIONS: Mapping[str, Sequence[click.Command]] = {
    "Processes": (dev, worker, beat, listener, web),
    "Sensors": (list_sensors, start, stop, reset, evaluate, preview, cursor, run_keys),
    "Ticks that ask for too much": (held, release, discard),
    "What happened": (ticks, tick, runs, run, events),
    "Sensors that events feed": (lag, reactions, dead_letters, skip, replay),
    "Runs": (cancel, re_execute, limits),
    "Surroundings": (doctor, alive, locations, workers, completion),
}
"""Every command, in the order of the help. A new one is added here and nowhere else."""


class SectionedGroup(click.Group):
    """A group whose help is in sections, and whose errors are lines rather than stacks."""

    def __init__(self, *, sections: Mapping[str, Sequence[click.Command]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sections = sections
        for commands in sections.values():
            for command in commands:
                self.add_command(command)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names in the order of the sections."""
        return [str(command.name) for part in self._sections.values() for command in part]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        width = max(len(name) for name in self.list_commands(ctx))
        limit = formatter.width - 6 - width
        for section, commands in self._sections.items():
            with formatter.section(section):
                formatter.write_dl(
                    [
                        (str(command.name).ljust(width), command.get_short_help_str(limit))
                        for command in commands
                    ]
                )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the package becomes a message and an exit code."""
        try:
            return super().invoke(ctx)
        except DagsterError as error:
            raise failure_of(error) from error


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        try:
            click.echo(f"sensors-app {metadata.version('sensors-app')}")
        except metadata.PackageNotFoundError:
            click.echo("sensors-app (not installed: run from its source)")
        context.exit()


cli = SectionedGroup(
    name=PROGRAM,
    sections=SECTIONS,
    help="Dagster's sensors on Celery and Redis.\n\n"
    "NAME is a sensor's name, or location/sensor where several locations have that name. "
    "Settings are read from SENSORS_… variables and from [tool.sensors] in pyproject.toml.\n\n"
    + EXIT_CODES_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Print the version.",
        )
    ],
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without UTF-8 shows escapes instead of failing.
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name=PROGRAM, complete_var=VARIABLE)
