"""What every script and every key keeps to."""

import inspect
import re
from pathlib import Path

import pytest
import redis

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.locations import WorkerInfo
from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import TickResult
from sensors_app.storage import keys
from sensors_app.storage.scripts import SCRIPTS
from tests.support.audit import keys_under
from tests.support.joining import joining
from tests.support.reacting import Reacting, fed
from tests.support.site import HOLDER, Site, materialized, request, sensor

STORAGE = Path(keys.__file__).parent
LUA = STORAGE / "lua"
INTENTS = sorted(LUA.glob("*.lua"))
LIBRARY = sorted((LUA / "lib").glob("*.lua"))
MODULES = sorted(STORAGE.glob("*.py"))
MOST_LINES = 60


def stem(path: Path) -> str:
    return path.stem


def header(path: Path) -> str:
    """Return the comment that a script begins with."""
    lines = path.read_text().splitlines()
    code = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:code])


def numbered(text: str, section: str) -> int:
    """Return the highest number that a section of a header gives to a key or an argument."""
    _, found, rest = text.partition(f"-- {section}")
    own = re.split(r"\n-- (?:KEYS|ARGV|returns)", rest)[0]
    return max(map(int, re.findall(r"\s(\d+)(?:\.\.\.)?\s", own)), default=0) if found else 0


@pytest.mark.parametrize("path", INTENTS, ids=stem)
class TestEveryIntent:
    def test_begins_with_its_name_and_what_it_takes_and_returns(self, path: Path):
        """Name, KEYS, ARGV and returns, in this order."""
        pattern = rf"-- {path.stem}: .+^-- KEYS .+^-- ARGV .+^-- returns .+"
        assert re.match(pattern, header(path), re.DOTALL | re.MULTILINE)

    def test_documents_every_key_and_argument_it_reads(self, path: Path):
        """No index in the code is above the highest in the header."""
        text = path.read_text()
        code = text.removeprefix(header(path))
        for name in ("KEYS", "ARGV"):
            used = max(map(int, re.findall(rf"{name}\[(\d+)\]", code)), default=0)
            assert used <= numbered(header(path), name)

    def test_is_called_from_one_place(self, path: Path):
        """One intent, one method."""
        calls = [
            module.name
            for module in MODULES
            for _ in re.findall(rf"(?:run|Call)\(\s*\"{path.stem}\"", module.read_text())
        ]
        assert len(calls) == 1, calls

    def test_uses_what_it_names_and_names_what_it_uses(self, path: Path):
        """The line ``--! use`` is exactly the functions needed, those of its functions included."""
        needed: set[str] = set()
        wanted = {path}
        while wanted:
            text = wanted.pop().read_text()
            code = "\n".join(x for x in text.splitlines() if not x.startswith("--"))
            for lib in LIBRARY:
                functions = re.findall(r"^local function (\w+)", lib.read_text(), re.MULTILINE)
                called = any(re.search(rf"(?<!function )\b{f}\(", code) for f in functions)
                if called and lib.stem not in needed:
                    needed.add(lib.stem)
                    wanted.add(lib)
        named = re.search(r"^--! use (.+)$", path.read_text(), re.MULTILINE)
        assert set(named[1].split() if named else ()) == needed


@pytest.mark.parametrize("path", [*INTENTS, *LIBRARY], ids=stem)
def test_no_script_is_long(path: Path):
    """One intent fits on a page."""
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", LIBRARY, ids=stem)
def test_every_function_of_the_library_says_what_it_does(path: Path):
    """And is used by some intent."""
    assert path.read_text().startswith("-- ")
    assert any(path.stem in header(intent).split("--! use")[-1].split() for intent in INTENTS)


@pytest.mark.parametrize("path", MODULES, ids=stem)
def test_no_lua_in_python(path: Path):
    """Scripts are files; no module has one of its own."""
    assert "redis.call(" not in path.read_text()


def test_every_script_is_known(client: redis.Redis):
    """The registry holds each file, and the server can compile each."""
    assert set(SCRIPTS) == {path.stem for path in INTENTS}
    for sha, source in SCRIPTS.values():
        assert client.script_load(source) == sha


# ---- keys

TABLE = re.findall(r"^``(\S+)``\s+(\w+)\s+(.+)$", inspect.getdoc(keys) or "", re.MULTILINE)


def as_pattern(name: str) -> re.Pattern[str]:
    """Return what a name of the table stands for."""
    text = re.escape(name).replace(r"\{L\}", r"\{loc\}")
    text = re.sub(r":S\b", r":\\w+", text).replace("/T", r"/[1-9]\d*").replace("/N", r"/\d+")
    for placeholder in ("STATUS", "R", "P", "A", "E", "G", "J"):
        text = re.sub(rf":{placeholder}$", r":[\\w/:-]+", text)
    return re.compile(text)


def use_everything(site: Site) -> None:
    """Bring about a key of each kind."""
    store = site.store
    store.web_secret()
    store.audit.record(site.name, "me", "start", "s")
    store.sensors.beat_heartbeat("beat")
    store.sensors.worker_heartbeat(site.name, WorkerInfo("node", [], 1, 1, "v"))
    store.external.keep_refused("{", "no JSON")
    site.register(sensor(options=SensorOptions(run_key_ttl_seconds=60)))
    site.tick(request("r3", "k3"))
    site.register(sensor())
    site.tick(request("r", "k"), request("r2"), request("quick", job_name="quick"))
    store.outbox.take_outbox(site.name, limit=4)
    store.runs.start_run(site.name, "r2", HOLDER, company=["r"])
    site.start_run("quick")
    site.finish_run("quick", took_ms=1.0)
    site.store.runs.append_run_entries(site.name, "r2", HOLDER, 0, [materialized("r2", "a/b")])
    watching = sensor("s", asset_key="a/b")
    fed_by_events = fed("e"), joining("ab", "j", home=site.name)
    most = SensorOptions(max_requests_per_tick=1)
    large = sensor("held", options=most), sensor("released", options=most)
    known = watching, *map(sensor, ("a", "b", "c", "new", "newer")), *large, *fed_by_events
    site.register(*known, limits=[ConcurrencyLimit(1)])
    store.client.hset(site.keys.run_keys("s"), "old", "r0")
    site.tick(name="a")
    site.claim("a")
    site.claim("new")
    site.begun("b")
    for name in ("held", "released"):
        site.tick(request(f"{name}1"), request(f"{name}2"), name=name)
    released = store.held.held(site.name)["released"]
    assert store.held.release(site.name, "released", released.tick_id, now_ms=site.now)
    hold_runs_back(site)
    call_for_events(site)
    store.outbox.request_preview(site.name, "s")
    store.requests.begin("key", "what", "me")
    store.inbox.push(site.name, "s", "{}", event_id="e")
    store.sensor_events.tell_late(site.name, [3])


def hold_runs_back(site: Site) -> None:
    """Bring about the keys of the queue: one run has a slot, one waits for it, one is put off."""
    asking = '{"dagster/max_retries":"1","sensors_app/retry_delay":"60"}'
    site.tick(request("failing", tags=asking), request("r4"), request("r5"), name="c")
    site.start_run("failing")
    site.mark_started("failing")
    site.finish_run("failing", DagsterRunStatus.FAILURE)
    site.store.outbox.take_outbox(site.name, now_ms=site.now)


def call_for_events(site: Site) -> None:
    """Bring about a reaction in each state, a replay, and an event that waits for another."""
    site.store.sensors.listener_heartbeat("listener")
    reacting = Reacting(site)
    reacting.happen("a1", source=site.name, job="a")
    for n in range(5):
        until = reacting.happen(f"r{n}", source=site.name)
    reacting.listen(site.name)
    reacting.replay("", until, "e", source=site.name)
    later, dead, running, large, _ = reacting.take(limit=5)
    for ident in (later, dead, running, large):
        assert reacting.begin(ident, name="e") is not None
    reacting.fail(later, name="e")
    reacting.fail(dead, name="e", final=True)
    result = TickResult([request("r6")])
    assert site.store.large_calls.stage_call(site.name, large, result.runs, HOLDER)
    assert site.store.large_calls.commit_staged_call(
        site.name, ReactionEnd("e", large, result), result, 1, HOLDER, now_ms=site.now
    ).accepted


def test_the_table_of_keys_is_whole_and_true(site: Site):
    """Each key that exists is in the table with its type, and each in the table exists."""
    use_everything(site)
    kinds = {name: kind for name, kind, _ in TABLE}
    seen = set()
    for key in keys_under(site.store.client, site.prefix):
        own = key.removeprefix(f"{site.prefix}:")
        (name,) = [name for name in kinds if as_pattern(name).fullmatch(own)]
        assert site.store.client.type(key) == kinds[name]
        seen.add(name)
    assert seen == set(kinds)


def test_what_the_table_calls_permanent_is_on_the_permanent_list():
    """And what has a TTL, always or in the end, is not."""
    for name, _, what in TABLE:
        own = name.replace("{L}", "{loc}")
        example = "prefix:" + re.sub(r":(STATUS|S|R|P|A|E|G|J)\b", ":x", own)
        example = example.replace("/N", "/3")
        permanent = any(p.fullmatch(example) for p in keys.PERMANENT_PATTERNS)
        assert permanent is ("TTL" not in what), name


def test_keys_of_a_location_share_its_slot():
    """Each script touches one slot: the hash tag is the location."""
    own = keys.LocationKeys("prefix", "loc")
    names = [value for name, value in vars(own).items() if not name.startswith("_")]
    names += [own.sensor("s"), own.run_keys("s"), own.ticks("s"), own.run("r"), own.preview("p")]
    names += [own.run_events("r"), own.runs_in("QUEUED"), own.runs_of("s")]
    names += [own.inbox("s"), own.pushed("s", "e")]
    names += [own.reaction("e"), own.reactions_of("s"), own.slots("g"), own.parked("g")]
    assert all(name.startswith("prefix:{loc}:") for name in names)
