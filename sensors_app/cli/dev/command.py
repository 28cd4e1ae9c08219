"""``sensors dev``: the whole system on this machine, for as long as the command runs."""

import contextlib
import functools
import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Printer

from sensors_app.cli.dev.plan import (
    DevLocation,
    DevPlan,
    dev_settings,
    entries,
    environment,
    find_code,
    supervised,
)
from sensors_app.cli.dev.running import Lifeline, only_one
from sensors_app.cli.dev.screen import report
from sensors_app.cli.dev.server import require_free_ports, serving
from sensors_app.settings import load_settings

SIGINT_CODE = 130
"""honcho's exit code after Ctrl-C, which is how this command is meant to end."""

LEFT_S = 8.0
"""How long the processes may take to notice that this one no longer directs them."""


@click.command()
@click.option(
    "-m",
    "--module",
    "modules",
    multiple=True,
    metavar="PACKAGE.MODULE",
    help="A module of your own with a Definitions, from this folder; may be repeated. "
    "Default: SENSORS_LOCATIONS, or the quickstart.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the server.")
@click.option("--web-port", type=click.IntRange(0, 65535), help="Port of the pages; 0: none.")
@click.option("--flower-port", type=click.IntRange(0, 65535), help="Port of Flower; 0: none.")
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where data is kept."
)
@click.option("-v", "--verbose", is_flag=True, help="Show what each process logs.")
def dev(
    modules: Sequence[str],
    port: int | None,
    web_port: int | None,
    flower_port: int | None,
    data_dir: Path | None,
    verbose: bool,
) -> None:
    """Run everything here, with a server of its own. Ctrl-C ends it.

    State is kept in the folder .sensors, so the next start goes on where this one stopped. The
    workers load your code again whenever a Python file of it is saved.
    """
    plan = make_plan(modules, port, flower_port, data_dir, web_port=web_port, verbose=verbose)
    try:
        with only_one(plan.data_dir, plan.settings) as lifeline:
            require_free_ports(plan)
            with serving(plan.data_dir, plan.port) as server:
                code = run(plan, server, lifeline)
    except KeyboardInterrupt:
        code = 0
    sys.exit(code)


def make_plan(
    modules: Sequence[str],
    port: int | None,
    flower_port: int | None,
    data_dir: Path | None,
    *,
    web_port: int | None = None,
    verbose: bool = False,
) -> DevPlan:
    """Turn the command line and the environment into a plan.

    Raises:
        Failure: a module does not exist.
        SettingsError: a setting is wrong.
    """
    given = {"dev_port": port, "web_port": web_port, "flower_port": flower_port}
    asked = {name: value for name, value in given.items() if value is not None}
    before = load_settings(**asked)
    settings = load_settings(**asked, **dev_settings(before, modules))
    # The workers find the modules of this folder: so must we. A console script does not.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    locations = [
        DevLocation(name, module, find_code(module)) for name, module in settings.locations.items()
    ]
    return DevPlan(settings, data_dir or settings.dev_dir, locations, verbose)


def run(plan: DevPlan, server: subprocess.Popen[str], lifeline: Lifeline) -> int:
    """Run the processes until one ends or we are told to stop; return the exit code."""
    output = _Output()
    manager = Manager(printer=output)
    env = environment(plan, os.environ)
    for entry in entries(plan):
        command = supervised(entry, lifeline.path)
        manager.add_process(entry.name, f"exec {shlex.join(command)}", env=env)
    output.at_first = functools.partial(_attend, plan, server, manager, now_ms())
    _end_with_terminal()
    click.echo("Starting …")
    try:
        manager.loop()
    except KeyError:
        # honcho was told to stop before it knew all of its processes. They see to themselves.
        if manager.returncode is None:
            raise
    finally:
        _await_children(lifeline)
    code = int(manager.returncode or 0)
    return 0 if code == SIGINT_CODE else code


def now_ms() -> int:
    """Return the time, ms since the epoch."""
    return round(time.time() * 1000)


class _Output:
    """honcho's printer without what honcho says of itself."""

    width = 0

    def __init__(self) -> None:
        self._printer = Printer(sys.stdout)
        self.at_first: Callable[[], None] | None = None

    def write(self, message: Any) -> None:
        if self.at_first is not None:
            # All processes are forked by now: from here on there may be threads.
            at_first, self.at_first = self.at_first, None
            at_first()
        if message.name == SYSTEM_PRINTER_NAME:
            return
        self._printer.width = self.width
        # A terminal that was closed is no reason not to stop in good order.
        with contextlib.suppress(OSError):
            self._printer.write(message)


def _attend(plan: DevPlan, server: subprocess.Popen[str], manager: Any, since_ms: int) -> None:
    def tell() -> None:
        report(plan, since_ms, lambda: manager.returncode is not None)

    def stop_with_server() -> None:
        server.wait()
        if manager.returncode is None:
            log = plan.data_dir / "valkey.log"
            click.echo(f"error: the server ended by itself; {log} may say why", err=True)
            os.kill(os.getpid(), signal.SIGTERM)

    for work in (tell, stop_with_server):
        threading.Thread(target=work, daemon=True).start()


def _end_with_terminal() -> None:
    """Stop in good order when the terminal is closed."""
    own = os.getpid()

    def hang_up(*_: object) -> None:
        # honcho's forks inherit this, and must live on to see their processes end.
        if os.getpid() == own:
            os.kill(own, signal.SIGTERM)

    signal.signal(signal.SIGHUP, hang_up)


def _await_children(lifeline: Lifeline) -> None:
    """See that nothing is left, however honcho's loop ended: it joins none of its processes."""
    children = multiprocessing.active_children()
    if not children:
        return
    lifeline.let_go()
    deadline = time.monotonic() + LEFT_S
    for process in children:
        process.join(max(0.0, deadline - time.monotonic()))
        process.kill()
