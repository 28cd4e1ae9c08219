"""``python -m workers worker …`` and ``python -m workers beat …``: two of Celery's own commands.

Arguments, variables, signals and exit codes are those of ``celery -A workers.app``. That program
first loads everything else it could do, and its plugins, of which Flower is one: a quarter of the
time that a worker needs to start.
"""

import click
from celery.bin.base import CLIContext
from celery.bin.beat import beat
from celery.bin.worker import worker

from workers.app import app


@click.group(commands=[worker, beat])
@click.option("-q", "--quiet", is_flag=True, help="Leave the banner out.")
@click.pass_context
def main(context: click.Context, quiet: bool) -> None:
    """Run a worker or a beat."""
    context.obj = CLIContext(app=app, no_color=False, workdir=None, quiet=quiet)
    if context.invoked_subcommand == beat.name:
        # A beat names tasks, and needs none of what they are made of.
        app.conf.include = ()


if __name__ == "__main__":
    main(auto_envvar_prefix="CELERY")
