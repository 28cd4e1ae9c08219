"""Which failures and delays of other sensors a sensor is called for."""

from collections.abc import Iterable
from dataclasses import dataclass

from sensors_app.model import checks
from sensors_app.model.events import StreamedEvent

SENSOR_FAILURE = "SENSOR_FAILURE"
"""The kind of event that says that a sensor failed."""

SENSOR_LATE = "SENSOR_LATE"
"""The kind of event that says that a sensor has had no tick for a number of intervals."""

ABOUT_SENSORS = (SENSOR_FAILURE, SENSOR_LATE)

MOST_IN_A_ROW = 100
"""A sensor that fails without end says so this often; so nobody can ask for more in a row."""

MOST_INTERVALS = 1000


@dataclass(frozen=True, slots=True)
class FailedSensor:
    """The sensor that a sensor about sensors is called for.

    Args:
        location: Its code location.
        name: Its name.
    """

    location: str
    name: str

    def __str__(self) -> str:
        return f"{self.location}/{self.name}"


@dataclass(frozen=True)
class SensorSelector:
    """A sensor of a code location, or all of them.

    Args:
        location_name: The code location.
        sensor_name: The sensor; None for each that is not itself about sensors.

    Raises:
        ParameterCheckError: A name is no text.
    """

    location_name: str
    sensor_name: str | None = None

    def __post_init__(self) -> None:
        checks.instance_of("location_name", self.location_name, str)
        checks.optional("sensor_name", self.sensor_name, str)


@dataclass(frozen=True, slots=True)
class WatchedSensors:
    """The sensors that a sensor about sensors is called for, and what must have become of them.

    Args:
        own: The watching sensor's name.
        everywhere: All sensors of all code locations.
        names: These sensors of its own code location.
        selectors: What these select.
        failures_in_a_row: It is called when as many ticks or calls have failed one after the other,
            and not again before one went well.
        timeouts_only: Only those that took too long count.
        late_intervals: It is also called when one has had no tick for so many intervals.

    With neither everywhere nor names nor selectors, all sensors of its own code location.
    """

    own: str
    everywhere: bool = False
    names: tuple[str, ...] = ()
    selectors: tuple[SensorSelector, ...] = ()
    failures_in_a_row: int = 1
    timeouts_only: bool = False
    late_intervals: int | None = None

    def accepts(self, event: StreamedEvent, home: str) -> bool:
        """Tell whether the sensor, which belongs to the code location ``home``, is called for it.

        Never for what it did itself, nor for what its own call has led to: sensors that watch each
        other would go on for ever. A failing sensor about sensors is seen by those alone that name
        it: if the service to which all of them report is away, each would hear of each.
        """
        name, through = event.fields.get("sensor", ""), event.fields.get("through")
        if (event.location, name) == (home, self.own):
            return False
        if through is not None and f"{home}/{self.own}" in through.split(","):
            return False
        if not self._watches(event.location, name, home, by_name=through is not None):
            return False
        if event.kind == SENSOR_LATE:
            return int(event.fields["intervals"]) == self.late_intervals
        count = event.fields["timeouts" if self.timeouts_only else "failures"]
        return int(count) == self.failures_in_a_row

    def locations(self, home: str, known: Iterable[str]) -> set[str]:
        """Return the code locations whose sensors may be among them.

        Args:
            home: The sensor's own code location.
            known: All there are.
        """
        if self.everywhere:
            return set(known)
        selected = {each.location_name for each in self.selectors}
        return selected | {home} if self.names or not self.selectors else selected

    def _watches(self, location: str, name: str, home: str, *, by_name: bool) -> bool:
        is_home = location == home
        if is_home and name in self.names:
            return True
        if any(
            (each.location_name, each.sensor_name) == (location, name) for each in self.selectors
        ):
            return True
        if by_name:
            return False
        if self.everywhere or any(
            (each.location_name, each.sensor_name) == (location, None) for each in self.selectors
        ):
            return True
        return is_home and not self.names and not self.selectors
