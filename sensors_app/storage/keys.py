"""Every key of the store: its type, its owner, and how long it lives.

Keys of a code location carry the hash tag ``{location}``, so that each script touches one slot.

=====================  ======  ===========================================  =====================
key                    type    what                                         life
=====================  ======  ===========================================  =====================
``locations``          set     names of all code locations                  permanent
``beats``              zset    beat processes by last heartbeat (ms)        trimmed after an hour
``{L}:location``       hash    snapshot, version, registered_at             permanent
``{L}:sensors``        hash    sensor name → its definition (JSON)          permanent
``{L}:workers``        hash    node → its last heartbeat (JSON)             trimmed after an hour
``{L}:watchers``       hash    asset → the sensors that watch it            permanent
``{L}:asset:A``        stream  materializations of an asset                 by count
``{L}:sensor:S``       hash    cursor, status, claim, last tick             permanent
``{L}:run_keys:S``     hash    run key → run id                             permanent
``{L}:ticks:S``        stream  finished ticks; the entry's id is the token  by count and age
``{L}:due``            zset    sensors to be claimed, by time (ms)          permanent
``{L}:claimed``        zset    claims not begun, by time to send again      permanent
``{L}:running``        zset    ticks under way, by expiry of their claim    permanent
``{L}:outbox``         zset    promised and not sent                        permanent
``{L}:sent``           zset    sent and not taken up, by time of sending    permanent
``{L}:run:R``          hash    one run                                      TTL once it ended
``{L}:run_events:R``   stream  the run's log                                TTL once it ended
``{L}:runs``           zset    runs by creation (ms)                        trimmed as runs expire
``{L}:runs:STATUS``    zset    runs in that state, by creation              trimmed as runs expire
``{L}:runs_of:S``      zset    runs of a sensor, by creation                trimmed as runs expire
``{L}:live``           zset    runs under way, by expiry of their claim     permanent
``{L}:events``         stream  every move of every run                      by count, once read
``{L}:preview:P``      hash    a dry run asked for, and its answer          TTL
=====================  ======  ===========================================  =====================
"""

import re
from dataclasses import dataclass

PERMANENT_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[^{]*:(locations|beats)",
        r".*}:(location|sensors|workers|watchers|due|claimed|running|outbox|sent|live|runs|events)",
        r".*}:(sensor|run_keys|ticks|runs|runs_of):\w+",
        r".*}:asset:.+",
    )
)
"""The keys that may live without a TTL, each of them bounded by what users define or by a limit.

A run's own keys are absent: they may lack a TTL only while the run is under way.
"""


@dataclass(frozen=True, slots=True)
class GlobalKeys:
    """The keys that belong to no code location."""

    prefix: str

    @property
    def locations(self) -> str:
        """Names of all code locations (set)."""
        return f"{self.prefix}:locations"

    @property
    def beats(self) -> str:
        """Beat processes by last heartbeat (zset)."""
        return f"{self.prefix}:beats"


class LocationKeys:
    """The keys of one code location; the module's table says what each holds."""

    def __init__(self, prefix: str, location: str) -> None:
        base = f"{prefix}:{{{location}}}:"
        self.location = f"{base}location"
        self.sensors = f"{base}sensors"
        self.workers = f"{base}workers"
        self.watchers = f"{base}watchers"
        self.due = f"{base}due"
        self.claimed = f"{base}claimed"
        self.running = f"{base}running"
        self.outbox = f"{base}outbox"
        self.sent = f"{base}sent"
        self.live = f"{base}live"
        self.runs = f"{base}runs"
        self.events = f"{base}events"
        self._base = base

    def sensor(self, name: str = "") -> str:
        """State of a sensor (hash); without a name, the prefix of all of them."""
        return f"{self._base}sensor:{name}"

    def run_keys(self, sensor: str) -> str:
        """Run keys of a sensor (hash)."""
        return f"{self._base}run_keys:{sensor}"

    def ticks(self, sensor: str = "") -> str:
        """Finished ticks of a sensor (stream); without a name, the prefix of all of them."""
        return f"{self._base}ticks:{sensor}"

    def run(self, run_id: str = "") -> str:
        """One run (hash); without an id, the prefix of all of them."""
        return f"{self._base}run:{run_id}"

    def run_events(self, run_id: str = "") -> str:
        """Log of one run (stream); without an id, the prefix of all of them."""
        return f"{self._base}run_events:{run_id}"

    def runs_in(self, status: str = "") -> str:
        """Runs in a state (zset); without one, the prefix of all of them."""
        return f"{self._base}runs:{status}"

    def runs_of(self, sensor: str = "") -> str:
        """Runs of a sensor (zset); without a name, the prefix of all of them."""
        return f"{self._base}runs_of:{sensor}"

    def asset(self, asset: str = "") -> str:
        """Materializations of an asset (stream); without a name, the prefix of all of them."""
        return f"{self._base}asset:{asset}"

    def preview(self, preview_id: str) -> str:
        """A dry run (hash)."""
        return f"{self._base}preview:{preview_id}"
