"""Every key of the store: its type, its owner, and how long it lives.

Keys of a code location carry the hash tag ``{location}``, so that each script touches one slot.

=====================  ======  ===========================================  =====================
key                    type    what                                         life
=====================  ======  ===========================================  =====================
``locations``          set     names of all code locations                  permanent
``beats``              zset    beat processes by last heartbeat (ms)        trimmed after an hour
``listeners``          zset    listener processes by last heartbeat (ms)    trimmed after an hour
``refused_events``     stream  reports of external runs that were refused   by count
``idempotency:E``      hash    a request with an Idempotency-Key, its answer TTL
``web_secret``         string  signs the sessions of web pages              permanent
``{L}:location``       hash    snapshot, version, registered_at             permanent
``{L}:sensors``        hash    sensor name → its definition (JSON)          permanent
``{L}:workers``        hash    node → its last heartbeat (JSON)             trimmed after an hour
``{L}:watchers``       hash    asset → the sensors that watch it            permanent
``{L}:rules``          hash    sensor → which events it is called for       permanent
``{L}:positions``      hash    code location → its last event read for L    permanent
``{L}:replays``        hash    sensor and code location → what to read anew until it is read
``{L}:reaction:E``     hash    one call of a sensor for events              TTL once it is done
``{L}:reactions_of:S`` zset    its calls that are not done, by creation     permanent
``{L}:join_values:S``  zset    values a join waits with, by oldest event    permanent
``{L}:join_events:J``  zset    events of a sensor and value that wait       permanent
``{L}:react_outbox``   zset    reactions to be sent, by time                permanent
``{L}:react_sent``     zset    sent and not begun, by time of sending       permanent
``{L}:react_later``    zset    to be tried again, by time                   permanent
``{L}:reacting``       zset    calls under way, by expiry of their claim    permanent
``{L}:dead``           zset    reactions that failed once too often         permanent
``{L}:asset:A``        stream  materializations of an asset                 by count
``{L}:assets``         zset    assets by their last materialization (ms)    permanent
``{L}:sensor:S``       hash    cursor, status, claim, last tick             permanent
``{L}:run_keys:S``     hash    run key → run id, of an earlier version      permanent
``{L}:run_keys:S/book`` hash   generation → how many keys and buckets       permanent
``{L}:run_keys:S/0/N`` hash    run key → run id: a bucket of them           permanent
``{L}:run_keys:S/T/N`` hash    the same, of keys whose life ends at T       TTL
``{L}:inbox:S``        stream  pushed events that no tick has dealt with    permanent
``{L}:pushed:E``       string  a pushed event had this id of its sender's   TTL
``{L}:ticks:S``        stream  finished ticks; the entry's id is the token  by count and age
``{L}:due``            zset    quick sensors to be claimed, by time (ms)    permanent
``{L}:due:slow``       zset    all others to be claimed, by time (ms)       permanent
``{L}:claimed``        zset    quick ones claimed and not begun, by time    permanent
``{L}:claimed:slow``   zset    all others that are, by time to send again   permanent
``{L}:running``        zset    ticks under way, by expiry of their claim    permanent
``{L}:staged:S``       hash    what a large tick requests                   TTL unless committed
``{L}:unfolding``      zset    large ticks whose runs are being created     permanent
``{L}:staged_call:E``  hash    what a large call for events requests        TTL unless committed
``{L}:unfolding_calls`` zset   large calls whose runs are being created     permanent
``{L}:held``           zset    sensors whose tick is held, by time          permanent
``{L}:looks``          zset    sensors to be looked at, lest they be late   permanent
``{L}:outbox``         zset    promised and not sent, by priority and age   permanent
``{L}:sent``           zset    sent and not taken up, by time of sending    permanent
``{L}:taken``          zset    runs that a process is to begin, by time     permanent
``{L}:job_times``      hash    job → how long its runs take, ms             permanent
``{L}:later``          zset    launches put off, by time (ms)               permanent
``{L}:groups``         set     limited groups with runs in slots or parked  permanent
``{L}:slots:G``        set     runs that count against the group's limit    permanent
``{L}:parked:G``       zset    launches that wait for a slot of the group   permanent
``{L}:run:R``          hash    one run                                      TTL once it ended
``{L}:run_events:R``   stream  the run's log                                TTL once it ended
``{L}:runs``           zset    runs by creation (ms)                        by count and age
``{L}:runs:STATUS``    zset    runs in that state, by creation              by count and age
``{L}:runs_of:S``      zset    runs of a sensor, by creation                by count and age
``{L}:live``           zset    runs under way, by expiry of their claim     permanent
``{L}:tally``          hash    how many ticks and runs ended how            permanent
``{L}:events``         stream  every move of every run                      by count, age, once read
``{L}:audit``          stream  who did what                                 by count and age
``{L}:preview:P``      hash    a dry run asked for, and its answer          TTL
=====================  ======  ===========================================  =====================
"""

import re
from dataclasses import dataclass

PERMANENT_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[^{]*:(locations|beats|listeners|web_secret|refused_events)",
        r".*}:(location|sensors|workers|watchers|running|outbox|sent|taken|live|runs|events)",
        r".*}:(due|claimed)(:slow)?",
        r".*}:(rules|audit|positions|replays|react_outbox|react_sent|react_later|reacting|dead)",
        r".*}:(sensor|run_keys|ticks|inbox|runs|runs_of|reactions_of):\w+",
        r".*}:run_keys:\w+/(book|0/\d+)",
        r".*}:(unfolding|unfolding_calls|held|later|groups|looks|assets|tally|job_times)",
        r".*}:join_values:\w+",
        r"(?s).*}:(asset|slots|parked|join_events):.+",
    )
)
"""The keys that may live without a TTL, each of them bounded by what users define or by a limit.

A run's own keys are absent: they may lack a TTL only while the run is under way; and a
reaction, which may lack one until it is done.
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

    @property
    def web_secret(self) -> str:
        """Signs the sessions of web pages (string)."""
        return f"{self.prefix}:web_secret"

    def request(self, key: str) -> str:
        """A request that was made under a key, and its answer (hash)."""
        return f"{self.prefix}:idempotency:{key}"

    @property
    def listeners(self) -> str:
        """Listener processes by last heartbeat (zset)."""
        return f"{self.prefix}:listeners"

    @property
    def refused_events(self) -> str:
        """Reports of external runs that were refused (stream)."""
        return f"{self.prefix}:refused_events"


class LocationKeys:
    """The keys of one code location; the module's table says what each holds."""

    def __init__(self, prefix: str, location: str) -> None:
        base = f"{prefix}:{{{location}}}:"
        self.location = f"{base}location"
        self.sensors = f"{base}sensors"
        self.workers = f"{base}workers"
        self.watchers = f"{base}watchers"
        self.assets = f"{base}assets"
        self.rules = f"{base}rules"
        self.audit = f"{base}audit"
        self.positions = f"{base}positions"
        self.replays = f"{base}replays"
        self.react_outbox = f"{base}react_outbox"
        self.react_sent = f"{base}react_sent"
        self.react_later = f"{base}react_later"
        self.reacting = f"{base}reacting"
        self.dead = f"{base}dead"
        self.due = f"{base}due"
        self.due_slow = f"{base}due:slow"
        self.claimed = f"{base}claimed"
        self.claimed_slow = f"{base}claimed:slow"
        self.running = f"{base}running"
        self.unfolding = f"{base}unfolding"
        self.unfolding_calls = f"{base}unfolding_calls"
        self.held = f"{base}held"
        self.looks = f"{base}looks"
        self.outbox = f"{base}outbox"
        self.sent = f"{base}sent"
        self.taken = f"{base}taken"
        self.job_times = f"{base}job_times"
        self.live = f"{base}live"
        self.runs = f"{base}runs"
        self.events = f"{base}events"
        self.later = f"{base}later"
        self.groups = f"{base}groups"
        self.tally = f"{base}tally"
        self._base = base
        self._queue = (
            self.outbox,
            self.sent,
            self.taken,
            self.later,
            self.location,
            self.groups,
            self.tally,
            self.job_times,
            self.slots(),
            self.parked(),
            self.run_events(),
        )

    def sensor(self, name: str = "") -> str:
        """State of a sensor (hash); without a name, the prefix of all of them."""
        return f"{self._base}sensor:{name}"

    def run_keys(self, sensor: str = "") -> str:
        """What the keys begin with that hold a sensor's run keys (hashes); without a name, those
        of all of them."""
        return f"{self._base}run_keys:{sensor}"

    def ticks(self, sensor: str = "") -> str:
        """Finished ticks of a sensor (stream); without a name, the prefix of all of them."""
        return f"{self._base}ticks:{sensor}"

    def inbox(self, sensor: str = "") -> str:
        """Events that were pushed to a sensor and wait (stream); without a name, the prefix."""
        return f"{self._base}inbox:{sensor}"

    def pushed(self, sensor: str, digest: str) -> str:
        """Mark that the sender's event with this digest of its id came (string)."""
        return f"{self._base}pushed:{sensor}/{digest}"

    def staged(self, sensor: str) -> str:
        """What a large tick of a sensor requests (hash)."""
        return f"{self._base}staged:{sensor}"

    def staged_call(self, ident: str) -> str:
        """What a large call of a sensor for events requests (hash)."""
        return f"{self._base}staged_call:{ident}"

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

    def reaction(self, ident: str = "") -> str:
        """One reaction (hash); without an id, the prefix of all of them."""
        return f"{self._base}reaction:{ident}"

    def reactions_of(self, sensor: str = "") -> str:
        """Reactions of a sensor that are not done (zset); without a name, the prefix of all."""
        return f"{self._base}reactions_of:{sensor}"

    def join_values(self, sensor: str = "") -> str:
        """Correlation values for which a join has events that wait, by the time of their oldest one
        (zset); without a name, the prefix of all of them."""
        return f"{self._base}join_values:{sensor}"

    def join_events(self, sensor: str | None = None, value: str = "") -> str:
        """Events of a join that wait for others of this value (zset): kept for its window, unless
        the sensor is off or gone; without a name, the prefix of all of them."""
        return f"{self._base}join_events:" + ("" if sensor is None else f"{sensor}:{value}")

    @property
    def queue(self) -> tuple[str, ...]:
        """The keys of the queue of runs, as ``lib/queue_keys.lua`` takes them."""
        return self._queue

    def requested_runs(self, sensor: str = "") -> tuple[str, ...]:
        """The keys by which a script creates the runs that a sensor requests, in this order.

        Without a name, those of the sensor are prefixes.
        """
        return (
            self.run_keys(sensor),
            self.runs,
            self.runs_in("QUEUED"),
            self.runs_of(sensor),
            self.outbox,
            self.events,
            self.run(),
            self.run_events(),
        )

    def slots(self, group: str = "") -> str:
        """Runs that count against a group's limit (set); without one, the prefix of all."""
        return f"{self._base}slots:{group}"

    def parked(self, group: str = "") -> str:
        """Launches that wait for a slot of a group (zset); without one, the prefix of all."""
        return f"{self._base}parked:{group}"

    def asset(self, asset: str = "") -> str:
        """Materializations of an asset (stream); without a name, the prefix of all of them."""
        return f"{self._base}asset:{asset}"

    def preview(self, preview_id: str) -> str:
        """A dry run (hash)."""
        return f"{self._base}preview:{preview_id}"
