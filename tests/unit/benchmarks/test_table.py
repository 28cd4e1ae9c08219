"""What the table shows of its lines."""

from rich.console import Console

from benchmarks.__main__ import table
from benchmarks.table import Line


def test_brackets_are_shown():
    """They name an extra to be installed; they are no style."""
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table([Line("startup", "", "pip install -e '.[bench]'")], quick=False))
    assert ".[bench]" in shown.get()
