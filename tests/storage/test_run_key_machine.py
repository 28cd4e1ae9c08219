"""Run keys in any order: used, forgotten, at the end of their life, made good for another run."""

from fnmatch import fnmatchcase
from itertools import count
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.site import Site, request, sensor

FOR_EVER = 0
KEYS = 400
"""Enough for several hashes."""

ENDS = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]

numbers = st.integers(0, KEYS - 1)
ranges = st.tuples(numbers, st.sampled_from([1, 2, 5, 150]))
some_keys = ranges.map(lambda r: [f"k{n}" for n in range(r[0], min(r[0] + r[1], KEYS))])


class RunKeyMachine(RuleBasedStateMachine):
    """A sensor's run keys, beside a dictionary: key → its run, and when its life ends."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"keys-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix), prefix)
        self.options = SensorOptions()
        self.known: dict[str, tuple[str, int]] = {}
        self.failed: set[str] = set()
        self.waiting: set[str] = set()
        self.ids = (f"r{n}" for n in count())

    @initialize()
    def begin(self) -> None:
        self.site.register(sensor(options=self.options))

    def teardown(self) -> None:
        leaked = leaked_keys(self.client, self.site.prefix)
        forget_all(self.client, self.site.prefix)
        self.client.close()
        assert not leaked

    @rule(
        ttl=st.sampled_from([None, 40, 50, 400]), policy=st.sampled_from(["once", "retry_failed"])
    )
    def deploy(self, ttl, policy) -> None:
        self.options = SensorOptions(run_key_ttl_seconds=ttl, run_key_policy=policy)
        self.site.register(sensor(options=self.options))

    @rule(by=st.sampled_from([1, 9_000, 10_000, 41_000, 100_000]))
    def time_passes(self, by: int) -> None:
        self.site.now += by
        self.known = {
            key: (run_id, ends)
            for key, (run_id, ends) in self.known.items()
            if ends == FOR_EVER or ends > self.site.now
        }

    @rule(keys=some_keys)
    def tick(self, keys: list[str]) -> None:
        """Each key makes a run, unless it has made one that is not to be made good."""
        requests = [request(next(self.ids), key) for key in keys]
        commit = self.site.tick(*requests)
        made = []
        for each in requests:
            assert each.run_key is not None
            earlier = self.known.get(each.run_key)
            if earlier is not None and (
                self.options.run_key_policy == "once" or earlier[0] not in self.failed
            ):
                continue
            self.known[each.run_key] = (each.run_id, self._ends())
            made.append(each.run_id)
        assert commit.created == len(made)
        self.waiting.update(made)

    def _ends(self) -> int:
        """Keys whose life may end at the same time as that of others do so."""
        if self.options.run_key_ttl_seconds is None:
            return FOR_EVER
        ttl_ms = round(self.options.run_key_ttl_seconds * 1000)
        least, most = self.site.now + ttl_ms, self.site.now + ttl_ms * 5 // 4
        return min((e for _, e in self.known.values() if least <= e <= most), default=most)

    @rule(data=st.data(), status=st.sampled_from(ENDS))
    def run_ends(self, data, status: DagsterRunStatus) -> None:
        if self.waiting:
            run_id = data.draw(st.sampled_from(sorted(self.waiting)))
            self.waiting.remove(run_id)
            self.site.start_run(run_id)
            self.site.mark_started(run_id)
            assert self.site.finish_run(run_id, status)
            if status is DagsterRunStatus.FAILURE:
                self.failed.add(run_id)

    @rule(keys=some_keys)
    def forget(self, keys: list[str]) -> None:
        known = self.site.store.run_keys.forget("loc", "s", keys, now_ms=self.site.now)
        assert known == len([self.known.pop(key) for key in keys if key in self.known])

    @rule(pattern=st.sampled_from(["k1*", "*3", "k?", "*"]))
    def forget_matching(self, pattern: str) -> None:
        store, now = self.site.store.run_keys, self.site.now
        fitting = [key for key in self.known if fnmatchcase(key, pattern)]
        assert store.forget_matching("loc", "s", pattern, now_ms=now) == len(fitting)
        for key in fitting:
            del self.known[key]

    @rule(keys=some_keys)
    def restore(self, keys: list[str]) -> None:
        """An earlier version was here."""
        for key in keys:
            if key not in self.known:
                self.known[key] = (next(self.ids), FOR_EVER)
                self.client.hset(self.site.keys.run_keys("s"), key, self.known[key][0])

    @invariant()
    def store_and_model_agree(self) -> None:
        store, wanted = self.site.store.run_keys, {k: r for k, (r, _) in self.known.items()}
        found, _ = store.find("loc", "s", "*", limit=10 * KEYS, now_ms=self.site.now)
        assert found == wanted
        assert store.used("loc", "s", [f"k{n}" for n in range(KEYS)]) == wanted
        assert store.count("loc", "s") == len(wanted)


TestRunKeys = RunKeyMachine.TestCase
TestRunKeys.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
