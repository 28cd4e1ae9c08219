"""What goes to stdout: tables and fields for people, JSON for programs.

Everything that reaches rich is a ``Text``, so that nothing a user wrote is taken for markup.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensors_app.cli.text import clean

PIPE_WIDTH = 100_000
"""Into a file or a pipe every row is one line, however long."""

STYLES = {
    "SUCCESS": "green",
    "FAILURE": "red",
    "SKIPPED": "dim",
    "STARTED": "cyan",
    "STARTING": "cyan",
    "CANCELING": "yellow",
    "CANCELED": "yellow",
    "held": "yellow",
    "dead": "red",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
    "off": "dim",
    "running": "cyan",
    "late": "yellow",
}
"""Styles by the first word of a cell."""


def show_json(data: Any) -> None:
    """Print data for programs. ASCII only, so that no encoding can spoil it."""
    click.echo(json.dumps(data, indent=2))


def show_json_line(data: Any) -> None:
    """Print data on one line, for programs that read as it comes."""
    click.echo(json.dumps(data))


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, ids: Sequence[str] = ()
) -> None:
    """Print a table.

    Args:
        headings: Its columns.
        rows: Cells as text, cleaned here.
        ids: The columns that are never broken over lines.
    """
    cells = [[clean(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, heading in enumerate(headings):
        longest = max([len(heading), *(len(row[number]) for row in cells)])
        table.add_column(
            Text(heading, style="bold"),
            overflow="fold",
            min_width=longest if heading in ids else None,
        )
    for row in cells:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    console = _console()
    with console.capture() as captured:
        console.print(table, crop=False)
    # Without the padding of the last column; the console has decided on colours already.
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), color=True)


def show_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Print names and values, those that have one, aligned."""
    shown = [(name, value) for name, value in fields if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        line = Text(f"{name.ljust(width)}  ", style="bold")
        first, *rest = clean(value, lines=True).splitlines() or [""]
        line.append(Text(first, style=f"not bold {_style(first)}"))
        for more in rest:
            line.append(Text(f"\n{' ' * (width + 2)}{more}", style="not bold"))
        show(line)


def show_text(text: str, *, style: str = "") -> None:
    """Print text of several lines."""
    show(Text(clean(text, lines=True).rstrip("\n"), style=style))


def show(line: Text) -> None:
    """Print a line as it is; the terminal wraps it."""
    _console().print(line, soft_wrap=True)


def _style(cell: str) -> str:
    return STYLES.get(cell.partition(" ")[0], "")


def _console() -> Console:
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)
