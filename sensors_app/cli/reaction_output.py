"""Reactions (calls of sensors for events) as the command line names and shows them."""

from sensors_app.cli.output import show_fields
from sensors_app.cli.text import ago, duration, first_line
from sensors_app.cli.ticks import print_error
from sensors_app.errors import UnknownNameError
from sensors_app.model.events import StreamedEvent
from sensors_app.model.reactions import Reaction
from sensors_app.operating.kinds import kind_word
from sensors_app.operating.records import reaction_id
from sensors_app.operating.times import iso
from sensors_app.storage.store import Store

IDENT_CHARS = 10
"""Ids are padded in the store, so that they sort; nobody should have to type that."""

SHOWN_EVENTS = 50


def find_reaction(store: Store, name: str) -> Reaction:
    """Return the reaction of this id, with its location or without.

    Raises:
        UnknownNameError: there is none, or several.
    """
    location, _, number = name.rpartition("/")
    ident = number.zfill(IDENT_CHARS)
    places = [location] if location else store.sensors.location_names()
    found = [each for place in places if (each := store.reactions.reaction(place, ident))]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(map(reaction_id, found))
        raise UnknownNameError(f"Several reactions have the id {name!r}: write {names}.")
    raise UnknownNameError(
        f"There is no reaction {name!r}: it is done, was dropped, or never was. "
        "'sensors dead-letters' and 'sensors reactions' show those that are."
    )


def print_reaction(reaction: Reaction, now: int) -> None:
    """Print a reaction in full."""
    events = [_event_line(event) for event in reaction.events[:SHOWN_EVENTS]]
    if hidden := len(reaction.events) - SHOWN_EVENTS:
        events += [f"… and {hidden:,} more; --json shows all"] if hidden > 0 else []
    died = f"{iso(reaction.died_at)} ({ago(reaction.died_at, now)})" if reaction.died_at else ""
    show_fields(
        [
            ("reaction", reaction_id(reaction)),
            ("sensor", f"{reaction.location}/{reaction.sensor}"),
            ("state", reaction.state),
            ("attempts", f"{reaction.attempt:,}"),
            ("created", f"{iso(reaction.created_at)} ({ago(reaction.created_at, now)})"),
            ("dead since", died),
            ("events", "\n".join(events)),
        ]
    )
    print_error(reaction.error)


def state_text(reaction: Reaction, retry_at: int | None, now: int) -> str:
    """Say where a reaction stands."""
    if reaction.state != "waiting" or retry_at is None:
        return reaction.state
    return f"waiting (retry in {duration(retry_at - now)})"


def events_text(reaction: Reaction) -> str:
    """Say what a reaction is for, in a cell of a table."""
    first = reaction.events[0]
    text = f"{kind_word(first.kind)} of {_about(first)}"
    more = len(reaction.events) - 1
    return f"{text} and {more:,} more" if more else text


def why_text(reaction: Reaction) -> str:
    """Return the first line of why the last attempt failed."""
    return first_line(reaction.error.message) if reaction.error else ""


def _event_line(event: StreamedEvent) -> str:
    return f"{iso(event.at)} {kind_word(event.kind)} of {_about(event)} ({event.ident})"


def _about(event: StreamedEvent) -> str:
    what = event.job_name or event.fields.get("sensor") or ""
    return " ".join(filter(None, [f"{event.location}/{what}", event.run_id]))
