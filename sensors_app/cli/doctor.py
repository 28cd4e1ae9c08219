"""``doctor``: looks at everything around the sensors and says what to do."""

import os
import platform
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib import metadata
from urllib.parse import urlsplit

import click

from sensors_app.cli import checks, event_checks
from sensors_app.cli.dev.running import settings_here
from sensors_app.cli.failure import ExitCode
from sensors_app.cli.options import json_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import RETRIES
from sensors_app.cli.text import without_credentials
from sensors_app.errors import DagsterError, SettingsError
from sensors_app.operating.alive import living_beats, living_listeners
from sensors_app.operating.lag import measure
from sensors_app.operating.server_checks import Check, Level, check_server
from sensors_app.runtime import build_runtime
from sensors_app.settings import Settings
from sensors_app.storage.client import examine
from sensors_app.storage.store import Store

BROKER_TIMEOUT_S = 3.0
BROKER_PORTS = {
    "redis": 6379,
    "rediss": 6379,
    "valkey": 6379,
    "sentinel": 26379,
    "amqp": 5672,
    "pyamqp": 5672,
    "amqps": 5671,
}


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check everything, and say what to do.

    Versions, settings, servers, clocks, workers, beats, listeners, what waits or failed for good.
    Exit code 1 if a check fails; warnings do not count.
    """
    found = list(diagnose())
    failed = any(check.level is Level.FAIL for check in found)
    if as_json:
        show_json({"ok": not failed, "checks": [_record(check) for check in found]})
    else:
        show_table(
            ("", "CHECK", "FOUND", "WHAT TO DO"),
            [[c.level, c.name, without_credentials(c.found), c.remedy] for c in found],
        )
    if failed:
        click.get_current_context().exit(int(ExitCode.FAILED))


def diagnose() -> Iterator[Check]:
    """Look at everything, as far as one can get."""
    yield Check("python", Level.OK, platform.python_version())
    for package in checks.MINIMUM_VERSIONS:
        yield checks.check_package(package, _installed(package))
    yield from checks.check_environment(os.environ)
    try:
        settings = settings_here()
    except SettingsError as error:
        yield Check("settings", Level.FAIL, str(error), "Correct them; the rest needs them.")
        return
    yield checks.check_urls(settings)
    yield check_broker(settings.effective_broker_url)
    try:
        with closing(build_runtime(settings, retries=RETRIES)) as runtime:
            yield from _look_into(runtime.store, settings)
    except DagsterError as error:
        remedy = "Start it, or set SENSORS_REDIS_URL; the rest needs it."
        yield Check("server of the state", Level.FAIL, str(error), remedy)


def _look_into(store: Store, settings: Settings) -> Iterator[Check]:
    store.now_ms()
    report = examine(store.client, round(time.time() * 1000))
    yield Check("server of the state", Level.OK, "answers")
    yield from check_server(report)
    states = {state.snapshot.name: state for state in store.sensors.locations()}
    names = sorted({*states, *settings.locations})
    if not names:
        remedy = "Set SENSORS_LOCATIONS=name=module, and start its workers."
        yield Check("locations", Level.WARN, "none configured, none registered", remedy)
    for name in names:
        yield from checks.check_location(name, settings.locations.get(name), states.get(name))
    yield checks.check_beats(living_beats(store))
    ages = {name: store.outbox.oldest_sent_ms(name) for name in states}
    yield checks.check_backlog(
        {name: store.outbox.waiting(name) for name in states},
        {name: age for name, age in ages.items() if age is not None},
    )
    yield checks.check_held({name: store.held.held(name) for name in states}, store.now_ms())
    yield from _look_into_events(store, sorted(states))


def _look_into_events(store: Store, names: Sequence[str]) -> Iterator[Check]:
    lags = list(measure(store, names))
    if lags:
        homes = {lag.sensor.location for lag in lags}
        ages = {home: store.reactions.oldest_sent_ms(home) for home in homes}
        sent = {home: age for home, age in ages.items() if age is not None}
        yield event_checks.check_listeners(living_listeners(store))
        yield event_checks.check_lag(lags, sent, store.now_ms())
        yield event_checks.check_dead_letters(lags)
    if refused := store.external.refused():
        yield event_checks.check_refused(refused, store.now_ms())


def check_broker(url: str) -> Check:
    """See whether the broker, or one of several with ``;`` between them, accepts connections."""
    problems = []
    for part in url.split(";"):
        try:
            address = _address(part)
            if address is None:
                scheme = part.partition(":")[0]
                return Check("broker", Level.WARN, f"{scheme}: not looked at", "")
            _connect(address)
        except (OSError, ValueError) as error:
            problems.append(f"{without_credentials(part)}: {error}")
        else:
            return Check("broker", Level.OK, f"{without_credentials(part)} accepts connections")
    remedy = "Start it, or set SENSORS_BROKER_URL; claims and launches wait for it."
    return Check("broker", Level.FAIL, "; ".join(problems), remedy)


def _address(url: str) -> tuple[str, int] | str | None:
    """Return host and port, or a socket's path, or None for a transport that has neither."""
    parts = urlsplit(url)
    if parts.scheme in {"redis+socket", "unix"}:
        return parts.path
    if parts.scheme not in BROKER_PORTS:
        return None
    return parts.hostname or "127.0.0.1", parts.port or BROKER_PORTS[parts.scheme]


def _connect(address: tuple[str, int] | str) -> None:
    if isinstance(address, str):
        with socket.socket(socket.AF_UNIX) as unix:
            unix.settimeout(BROKER_TIMEOUT_S)
            unix.connect(address)
    else:
        socket.create_connection(address, BROKER_TIMEOUT_S).close()


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _record(check: Check) -> dict[str, str]:
    return {
        "name": check.name,
        "level": check.level.value,
        "found": without_credentials(check.found),
        "remedy": check.remedy,
    }
