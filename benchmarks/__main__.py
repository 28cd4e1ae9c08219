"""The command: measures the rows asked for, and prints one table."""

import argparse
import logging
import os
import platform
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.site import BenchmarkError
from benchmarks.table import Line, Row

logger = logging.getLogger(__name__)

ROWS = (
    "evaluations",
    "rabbitmq",
    "fleet",
    "lanes",
    "keys",
    "large",
    "runs",
    "files",
    "reactions",
    "push",
    "pages",
    "memory",
    "startup",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line and measure; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="less of everything, once")
    options = parser.parse_args(argv)
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]!r}; there are: {', '.join(ROWS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    progress, lines, failed = Console(stderr=True), [], False
    for name in options.rows or ROWS:
        row: Row = import_module(f"benchmarks.rows.{name}").run
        try:
            with progress.status(f"{name} …"):
                lines += row(options.quick)
        except BenchmarkError as error:
            failed = True
            progress.print(f"{name}: {error}", markup=False)
        except KeyboardInterrupt:
            return 130
        except Exception:  # whatever it is, what the other rows measured must not be lost
            failed = True
            logger.exception("%s", name)
    if lines:
        Console(width=None if sys.stdout.isatty() else 150).print(table(lines, options.quick))
    return int(failed)


def table(lines: Sequence[Line], quick: bool) -> Table:
    """Return the table of these lines."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("celery", "kombu", "redis"))
    made = Table(
        title="QUICK RUN, do not quote" if quick else None,
        caption=f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}",
        show_lines=True,
    )
    for heading in ("measured", "ours", "beside it", "which makes"):
        made.add_column(heading, overflow="fold")
    for line in lines:
        # Brackets are no markup here.
        made.add_row(*map(Text, (line.what, line.ours, line.beside, line.verdict)))
    return made


if __name__ == "__main__":
    sys.exit(main())
