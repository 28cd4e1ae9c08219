"""Which sensors somebody wants to be told of if they have no tick for too long."""

from collections.abc import Mapping, Sequence

from sensors_app.model.reactions import LocationRules


def late_intervals(
    rules: Mapping[str, LocationRules], locations: Sequence[str]
) -> dict[str, list[int]]:
    """Return for how many intervals without a tick the sensors of each code location are late.

    Args:
        rules: Of every code location that has sensors to deliver events to.
        locations: All code locations.
    """
    found: dict[str, set[int]] = {}
    for home, own in rules.items():
        for each in own.sensors.values():
            if each.sensors is None or each.sensors.late_intervals is None:
                continue
            for location in each.sources(home, locations) & set(locations):
                found.setdefault(location, set()).add(each.sensors.late_intervals)
    return {location: sorted(numbers) for location, numbers in found.items()}
