"""How a command fails: a line on stderr and an exit code, never a stack."""

from enum import IntEnum
from typing import IO, Any

import click

from sensors_app.cli.text import clean, without_credentials
from sensors_app.errors import (
    DagsterError,
    SettingsError,
    StoreUnavailableError,
    UnknownNameError,
)


class ExitCode(IntEnum):
    """What a script can tell from how a command ends."""

    OK = 0
    FAILED = 1
    USAGE = 2
    STORE = 3
    CANCELED = 4
    INTERRUPTED = 130


EXIT_CODES_HELP = """\b
Exit codes:
  0  done
  1  what was asked about failed: a tick, a dry run, a run, a check; or no answer came in time
  2  wrong usage, an unknown name, a wrong setting
  3  the server of the state cannot be reached
  4  the run that was waited for was canceled
  130  interrupted while waiting for a run"""


class Failure(click.ClickException):
    """Ends a command.

    Args:
        message: What is wrong and what to do about it.
        exit_code: How the process ends.
    """

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code.value  # type: ignore[misc]  # click reads it of the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message on stderr."""
        click.echo(f"error: {printable(self.message)}", file=file, err=file is None)


def printable(message: str) -> str:
    """Return a message without secrets and without what could control a terminal."""
    return clean(without_credentials(message), lines=True)


def warn(message: str) -> None:
    """Print a warning on stderr."""
    click.echo(f"warning: {printable(message)}", err=True)


def failure_of(error: DagsterError) -> Failure:
    """Return how a command ends on an error of the package."""
    if isinstance(error, StoreUnavailableError):
        return Failure(f"{error} See 'sensors doctor'.", ExitCode.STORE)
    if isinstance(error, SettingsError | UnknownNameError):
        return Failure(str(error), ExitCode.USAGE)
    return Failure(str(error))
