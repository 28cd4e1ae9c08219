"""``events``: what happens to runs, over all code locations, as it happens."""

import time
from collections.abc import Callable, Iterable, Sequence

import click
from rich.text import Text

from sensors_app.cli.failure import ExitCode
from sensors_app.cli.options import json_option, limit_option, location_option
from sensors_app.cli.output import STYLES, show, show_json_line
from sensors_app.cli.run_names import find_places, require_job
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import clean, first_line
from sensors_app.cli.waiting import STREAM_WAIT_MS, interruptible
from sensors_app.model.events import StreamedEvent
from sensors_app.operating.kinds import kind_word, kinds_named
from sensors_app.operating.records import event_message, event_record
from sensors_app.operating.times import iso, parts_of
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

PAGE = 1000
BEGINNING = "0-0"

Wanted = Callable[[StreamedEvent], bool]


@click.command()
@location_option
@click.option("--job", metavar="NAME", help="Only events of runs of this job.")
@click.option(
    "--kind",
    "--status",
    "kinds",
    metavar="KIND",
    multiple=True,
    help="Only these, such as FAILURE or RUN_FAILURE. May be repeated.",
)
@limit_option(20, "events of before")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@json_option
@with_runtime
def events(
    runtime: Runtime,
    location: str | None,
    job: str | None,
    kinds: tuple[str, ...],
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Show what happened to runs, the latest last.

    Of all code locations, and of other systems that report theirs. The last column is the event's
    id: 'sensors replay NAME --from ID' has a sensor called for all from there on. --json prints one
    object a line.
    """
    store, chosen = runtime.store, kinds_named(kinds)

    def wanted(event: StreamedEvent) -> bool:
        return (job is None or event.job_name == job) and (not chosen or event.kind in chosen)

    places = find_places(store, location)
    found, known = _latest(store, places, wanted, limit)
    if not found and job is not None and not follow:
        require_job(store, places, job)
    for event in found:
        _print(store, event, as_json=as_json)
    if follow:
        with interruptible(ExitCode.OK):
            _follow(store, location, known, wanted, as_json=as_json)
    if not found and not as_json:
        click.echo("No such event.")


def _latest(
    store: Store, places: Iterable[str], wanted: Wanted, limit: int
) -> tuple[Sequence[StreamedEvent], dict[str, str]]:
    """Return the last events, oldest first, and up to where each stream is known by that."""
    found: list[StreamedEvent] = []
    known = {}
    for place in places:
        own: list[StreamedEvent] = []
        before = ""
        known[place] = BEGINNING
        while len(own) < limit:
            page = store.events.latest(place, before=before, limit=PAGE)
            if page and not before:
                known[place] = page[0].ident
            own += filter(wanted, page)
            if len(page) < PAGE:
                break
            before = page[-1].ident
        found += own[:limit]
    return sorted(found, key=_in_time)[-limit:], known


def _follow(
    store: Store, location: str | None, known: dict[str, str], wanted: Wanted, *, as_json: bool
) -> None:
    while True:
        # One that registers meanwhile has all its events before it.
        for place in find_places(store, location):
            known.setdefault(place, BEGINNING)
        if not known:
            time.sleep(STREAM_WAIT_MS / 1000)
        elif store.events.wait(known, STREAM_WAIT_MS):
            for event in _read_on(store, known):
                if wanted(event):
                    _print(store, event, as_json=as_json)


def _read_on(store: Store, known: dict[str, str]) -> Sequence[StreamedEvent]:
    new: list[StreamedEvent] = []
    for place, after in known.items():
        found = store.events.events(place, after=after, limit=PAGE)
        if found:
            known[place] = found[-1].ident
        new += found
    return sorted(new, key=_in_time)


def _in_time(event: StreamedEvent) -> tuple[int, int, str]:
    return *parts_of(event.ident), event.location


def _print(store: Store, event: StreamedEvent, *, as_json: bool) -> None:
    if as_json:
        show_json_line(event_record(store, event))
        return
    word = kind_word(event.kind)
    line = Text(f"{iso(event.at)} ")
    line.append(f"{clean(word):<9}", style=STYLES.get(word, ""))
    about = [event.location, event.job_name or event.fields.get("sensor") or "", event.run_id or ""]
    line.append(f" {clean('/'.join(filter(None, about[:2])))} {clean(about[2])}".rstrip())
    line.append(f"  {first_line(event_message(store, event))}  {event.ident}")
    show(line)
