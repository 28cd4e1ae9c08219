"""Kinds of event in words: a move of a run is called by the status that it leads to."""

from collections.abc import Iterable

from sensors_app.definitions.monitoring import EVENT_OF_STATUS
from sensors_app.errors import UnknownNameError
from sensors_app.model.events import DagsterEventType
from sensors_app.model.watched_sensors import ABOUT_SENSORS
from sensors_app.operating.names import nearest

STATUS_OF_KIND = {event.value: status.value for status, event in EVENT_OF_STATUS.items()}


def kind_word(kind: str) -> str:
    """Return what people call a kind of event: ``SUCCESS`` for the end of a run that went well."""
    return STATUS_OF_KIND.get(kind, kind.removeprefix("SENSORS_"))


def kind_words(kinds: Iterable[str]) -> str:
    """Return what people call these kinds, in the order of a run's life."""
    order = list(STATUS_OF_KIND)
    known = sorted(kinds, key=lambda kind: (order.index(kind) if kind in order else 99, kind))
    return ", ".join(map(kind_word, known))


def event_type_name(kind: str) -> str:
    """Return the name that the log of a run has for a kind, such as ``RUN_SUCCESS``."""
    return DagsterEventType(kind).name if kind in STATUS_OF_KIND else kind


def kinds_named(names: Iterable[str]) -> frozenset[str]:
    """Return the kinds of these names: ``FAILURE``, ``RUN_FAILURE``, in whatever case.

    Raises:
        UnknownNameError: there is no such kind.
    """
    known = {
        name: kind
        for kind in (*STATUS_OF_KIND, *ABOUT_SENSORS)
        for name in (kind, event_type_name(kind), kind_word(kind))
    }
    for name in names:
        if name.upper() not in known:
            words = [kind_word(kind) for kind in dict.fromkeys(known.values())]
            raise UnknownNameError(
                f"There is no kind of event {name!r}.{nearest(name.upper(), words)}"
            )
    return frozenset(known[name.upper()] for name in names)
