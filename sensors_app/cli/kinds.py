"""Kinds of event in words: a move of a run is called by the status that it leads to."""

from collections.abc import Iterable

from sensors_app.definitions.run_status_sensor import EVENT_OF_STATUS
from sensors_app.model.events import DagsterEventType

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


def kind_named(kind: str, names: Iterable[str]) -> bool:
    """Tell whether a kind has one of these names, in whatever case."""
    own = {kind, kind_word(kind), event_type_name(kind)}
    return any(name.upper() in own or name in own for name in names)
