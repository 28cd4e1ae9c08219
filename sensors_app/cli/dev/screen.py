"""What ``sensors dev`` says: what runs where, and what to try."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from sensors_app.cli.dev.plan import QUICKSTART, DevLocation, DevPlan
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import LocationState, Role
from sensors_app.runtime import Runtime, build_runtime

READY_TIMEOUT_S = 15.0
POLL_S = 0.2

NAMED_MAX = 8
"""How many sensors of a code location are named; `sensors list` names all."""


@dataclass(frozen=True, slots=True)
class Served:
    """A code location with living workers for all that is to be done.

    Args:
        sensors: The names of its sensors.
        nodes: Its workers.
    """

    sensors: Sequence[str]
    nodes: frozenset[str]


def report(plan: DevPlan, since_ms: int, stopped: Callable[[], bool]) -> None:
    """Show the screen once the workers had time to load their code, then tell when they did again.

    Args:
        plan: What was started.
        since_ms: When, ms since the epoch: workers last seen before are of another time.
        stopped: Whether there is nothing more to tell.
    """
    deadline = time.monotonic() + READY_TIMEOUT_S
    told: dict[str, Served] = {}
    screen_due = True
    with closing(build_runtime(plan.settings)) as runtime:
        while not stopped():
            found = served(plan, _states(runtime), since_ms)
            if screen_due and (len(found) == len(plan.locations) or time.monotonic() > deadline):
                screen_due, told = False, dict(found)
                click.echo(screen(plan, found))
            elif not screen_due:
                for name in sorted(found):
                    if name not in told or not found[name].nodes & told[name].nodes:
                        told[name] = found[name]
                        click.echo(f"{name} is loaded: {_names(found[name])}")
            time.sleep(POLL_S)


def served(plan: DevPlan, states: Iterable[LocationState], since_ms: int) -> dict[str, Served]:
    """Return the locations that are served, by name."""
    names = {location.name for location in plan.locations}
    found = {}
    for state in states:
        workers = [w for w in state.workers if w.alive and w.seen_at >= since_ms]
        roles = {role for worker in workers for role in worker.roles}
        if state.snapshot.name in names and set(Role) <= roles:
            sensors = [sensor.name for sensor in state.snapshot.sensors]
            nodes = frozenset(worker.node for worker in workers)
            found[state.snapshot.name] = Served(sensors, nodes)
    return found


def _states(runtime: Runtime) -> Sequence[LocationState]:
    try:
        return runtime.store.sensors.locations()
    except StoreUnavailableError:
        return ()


def _names(location: Served) -> str:
    named = ", ".join(location.sensors[:NAMED_MAX])
    more = len(location.sensors) - NAMED_MAX
    return f"{named}, and {more:,} more" if more > 0 else named or "no sensors"


def screen(plan: DevPlan, ready: Mapping[str, Served]) -> str:
    """Return what is shown once the workers had time to load their code."""
    lines = ["", "sensors dev is running. Ctrl-C stops all of it; its state is kept.", ""]
    if plan.web_url:
        lines.append(f"  pages     {plan.web_url}")
    lines += [
        f"  location  {_location(location, ready.get(location.name))}"
        for location in plan.locations
    ]
    folders = sorted({_shown(location.folder) for location in plan.locations})
    lines += [
        "  workers   one evaluates quick sensors, one all others; one launches runs,",
        "            one calls sensors for what becomes of runs",
        f"            new code: save a .py in {', '.join(folders)}",
        "  others    a beat has sensors evaluated, a listener has them called for events",
        f"  server    {plan.settings.redis_url} (Valkey), data in {_shown(plan.data_dir)}",
    ]
    if plan.flower_url:
        lines.append(f"  Flower    {plan.flower_url} (tasks and workers, read-only)")
    lines += ["", f"Try, in another terminal, in {Path.cwd()}:", ""]
    lines += [f"  {line}" for line in _to_try(plan, ready)]
    return "\n".join([*lines, ""])


def _location(location: DevLocation, found: Served | None) -> str:
    title = f"{location.name} (module {location.module})"
    if found is None:
        return f"{title}: not ready yet. If an error is shown above, mend it and save."
    return f"{title}: {_names(found)}"


def _to_try(plan: DevPlan, ready: Mapping[str, Served]) -> list[str]:
    sensors = sensors_command()
    lines = []
    if plan.data_dir != plan.settings.dev_dir:
        # The other commands look for the lock file where the settings say.
        lines.append(f"export SENSORS_REDIS_URL={plan.settings.redis_url}")
    quickstart = any(location.module == QUICKSTART for location in plan.locations)
    if quickstart:
        data = os.environ.get("QUICKSTART_DIR", "quickstart_data")
        lines += [
            f"echo 'hello hello world' > {data}/inbox/hello.txt",
            f"cat {data}/outbox/hello.txt.json",
        ]
    lines.append(f"{sensors} list")
    names = [name for location in ready.values() for name in location.sensors]
    if names:
        lines.append(f"{sensors} ticks {'new_file_sensor' if quickstart else names[0]}")
    return [*lines, f"{sensors} runs", f"{sensors} events --follow"]


def sensors_command() -> str:
    """Return what to type for this very ``sensors``."""
    own = Path(sys.executable).parent / "sensors"
    found = shutil.which("sensors")
    if found is not None and Path(found).resolve() == own.resolve():
        return "sensors"
    return _shown(own, ending="")


def _shown(path: Path, *, ending: str = os.sep) -> str:
    absolute = path.absolute()
    here = Path.cwd()
    inside = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    return f"{inside}{ending}"
