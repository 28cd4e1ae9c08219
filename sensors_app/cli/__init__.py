"""The command ``sensors``: what operators and scripts ask of the store, and the processes."""

from sensors_app.cli.root import cli, main

__all__ = ["cli", "main"]
