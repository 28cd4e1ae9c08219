"""What of a code location is kept otherwise than the settings say of all."""

from collections.abc import Mapping

from sensors_app.model.external import LOCATION_NAME

Numbers = Mapping[str, float]

NAMES: Mapping[str, str] = {
    "tick_count": "tick_max_count",
    "tick_days": "tick_max_age_days",
    "run_count": "run_max_count",
    "run_days": "run_max_age_days",
    "log_lines": "run_log_max_lines",
    "log_days": "run_log_max_age_days",
    "event_count": "event_max_count",
    "event_days": "event_max_age_days",
    "audit_count": "audit_max_count",
    "audit_days": "audit_max_age_days",
}
"""How each is called where it is said of one code location, and the setting it replaces there."""


def parse_retention(text: str) -> dict[str, dict[str, float]]:
    """Read ``LOCATION:NAME=NUMBER,…``.

    Raises:
        ValueError: It is not of that form.
    """
    found: dict[str, dict[str, float]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        place, equals, number = part.partition("=")
        location, colon, name = place.partition(":")
        if not (equals and colon):
            raise ValueError(f"{part!r} is not of the form LOCATION:NAME=NUMBER")
        own = found.setdefault(location.strip(), {})
        if name.strip() in own:
            raise ValueError(f"{location.strip()}:{name.strip()} is there twice")
        try:
            own[name.strip()] = float(number)
        except ValueError:
            raise ValueError(f"{part!r}: {number.strip()!r} is no number") from None
    return found


def check_retention(locations: Mapping[str, Numbers]) -> None:
    """Check that all of it makes sense.

    Raises:
        ValueError: naming what does not.
    """
    for location, numbers in locations.items():
        if not LOCATION_NAME.fullmatch(location):
            raise ValueError(f"{location!r} is no location name: use letters, digits and _ . -")
        for name, number in numbers.items():
            where = f"{location}:{name}={number:g}"
            if name not in NAMES:
                raise ValueError(f"{where}: there is no {name!r}; there are: {', '.join(NAMES)}")
            if name.endswith("_days"):
                if not 0 < number < 1e6:
                    raise ValueError(f"{where}: days are more than 0, and less than a million")
            elif not number.is_integer() or number < (name != "log_lines"):
                raise ValueError(f"{where}: a number of things is whole, and 1 or more")
