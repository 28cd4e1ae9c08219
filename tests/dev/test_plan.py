"""What ``sensors dev`` is going to start, as plain values."""

import sys
from pathlib import Path

import click
import pytest

from sensors_app.cli.dev.command import make_plan
from sensors_app.cli.dev.plan import (
    DevPlan,
    entries,
    environment,
    find_code,
    named_locations,
    supervised,
)
from sensors_app.cli.dev.screen import Served, screen
from sensors_app.cli.failure import ExitCode
from sensors_app.model.locations import Role


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("SENSORS_LOCATIONS", "SENSORS_REDIS_URL", "SENSORS_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A package and a plain module that must never be imported here."""
    package = tmp_path / "devplan_pkg" / "inner"
    package.mkdir(parents=True)
    for path in (package.parent / "__init__.py", package / "mine.py", tmp_path / "devplan_mod.py"):
        path.write_text("raise AssertionError('imported')\n")
    return tmp_path


def plan_of(
    *modules: str, port: int | None = 7001, flower_port: int = 7002, web_port: int = 7003
) -> DevPlan:
    return make_plan(modules, port, flower_port, None, web_port=web_port)


def test_location_is_named_after_the_last_part_of_its_module() -> None:
    assert named_locations(["shop.orders", "mail"]) == {
        "orders": "shop.orders",
        "mail": "mail",
    }


def test_two_modules_of_the_same_last_part_are_refused() -> None:
    with pytest.raises(click.ClickException, match="both be code location 'orders'"):
        named_locations(["shop.orders", "mail.orders"])


def test_code_is_found_without_being_imported(code: Path) -> None:
    """The outermost package is watched: its parts import one another."""
    assert find_code("devplan_pkg.inner.mine") == code / "devplan_pkg"
    assert find_code("devplan_mod") == code
    assert "devplan_mod" not in sys.modules


@pytest.mark.parametrize(
    "module", ["devplan_none", "devplan_pkg.none", "devplan_mod.inner", "devplan_pkg.inner.none"]
)
def test_missing_module_is_named_with_a_remedy(code: Path, module: str) -> None:
    with pytest.raises(click.ClickException, match=f"no module '{module}'.*check the name") as info:
        find_code(module)
    assert info.value.exit_code == ExitCode.USAGE


def test_missing_quickstart_asks_for_a_module_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests may have imported the real one.
    monkeypatch.delitem(sys.modules, "examples", raising=False)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "__init__.py").touch()
    with pytest.raises(click.ClickException, match="Name your own module with -m"):
        find_code("examples.quickstart")


def test_servers_of_the_environment_are_left_alone(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://production:6379/0")
    monkeypatch.setenv("SENSORS_BROKER_URL", "amqp://production")
    plan = plan_of("devplan_mod")
    env = environment(plan, {"SENSORS_REDIS_URL": "redis://production:6379/0", "HOME": "/me"})
    assert env["SENSORS_REDIS_URL"] == "redis://127.0.0.1:7001/0"
    assert env["SENSORS_BROKER_URL"] == "redis://127.0.0.1:7001/1"
    assert env["SENSORS_LOCATIONS"] == "devplan_mod=devplan_mod"
    assert env["HOME"] == "/me"


def test_locations_of_the_settings_are_served_unless_a_module_is_named(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENSORS_LOCATIONS", "a=devplan_mod,b=devplan_pkg.inner.mine")
    assert [location.name for location in plan_of().locations] == ["a", "b"]
    assert [location.name for location in plan_of("devplan_mod").locations] == ["devplan_mod"]


def test_one_location_needs_one_process_of_each_kind(code: Path) -> None:
    found = {entry.name: entry for entry in entries(plan_of("devplan_pkg.inner.mine"))}
    roles = ["evaluate", "slow", "launch", "react"]
    assert list(found) == ["beat", "listener", *roles, "web", "flower"]
    listener, web, flower = (found.pop(name) for name in ("listener", "web", "flower"))
    assert web.argv == [sys.executable, "-m", "sensors_app.web"]
    assert web.watch is None, "nor have the pages any user code"
    assert listener.argv[:3] == [sys.executable, "-m", "workers.listener"]
    assert flower.argv[:5] == [sys.executable, "-m", "celery", "-A", "workers.app"]
    celery = [sys.executable, "-m", "workers", "--quiet"]
    assert all(list(entry.argv[:4]) == celery for entry in found.values())
    for role in roles:
        assert f"sensors.mine.{role}" in found[role].argv
        assert found[role].watch == code / "devplan_pkg"
    assert found["beat"].watch is None, "beat has no user code"
    assert listener.watch is None, "nor has the listener"


def test_each_further_location_has_workers_of_its_own(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [entry.name for entry in entries(plan_of("devplan_pkg", "devplan_mod"))]
    assert found == [
        "beat",
        "listener",
        *(f"devplan_pkg.{role}" for role in Role),
        *(f"devplan_mod.{role}" for role in Role),
        "web",
        "flower",
    ]


def test_flower_shows_and_does_no_more_to_this_machine_alone(code: Path) -> None:
    flower = entries(plan_of("devplan_mod"))[-1]
    assert {
        "--address=127.0.0.1",
        "--port=7002",
        "--max-tasks=5000",
        "--read_only=true",
    } <= set(flower.argv)


def test_flower_port_0_means_no_flower(code: Path) -> None:
    plan = plan_of("devplan_mod", flower_port=0)
    assert "flower" not in [entry.name for entry in entries(plan)]
    assert "Flower" not in screen(plan, {})


def test_pages_are_for_this_machine_and_link_to_flower(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENSORS_WEB_HOST", "0.0.0.0")
    env = environment(plan_of("devplan_mod"), {})
    assert env["SENSORS_WEB_HOST"] == "127.0.0.1"
    assert env["SENSORS_WEB_PORT"] == "7003"
    assert env["SENSORS_FLOWER_URL"] == "http://127.0.0.1:7002"


def test_screen_gives_the_link_to_the_pages_first(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENSORS_WEB_PREFIX", "/mine")
    lines = screen(plan_of("devplan_mod"), {}).splitlines()
    assert lines[3] == "  pages     http://127.0.0.1:7003/mine/"


def test_web_port_0_means_no_pages(code: Path) -> None:
    plan = plan_of("devplan_mod", web_port=0)
    assert "web" not in [entry.name for entry in entries(plan)]
    assert "  pages  " not in screen(plan, {})


def test_supervisor_gets_what_to_run_what_to_watch_and_what_to_hang_by(code: Path) -> None:
    beat, _listener, evaluate, *_ = entries(plan_of("devplan_mod"))
    command = supervised(evaluate, Path("lock"))
    assert command[command.index("--watch") + 1] == str(code)
    assert command[command.index("--lifeline") + 1] == "lock"
    assert command[command.index("--") + 1 :] == list(evaluate.argv)
    assert "--watch" not in supervised(beat, Path("lock"))


def test_screen_says_what_runs_and_what_to_try(code: Path) -> None:
    plan = plan_of("devplan_mod")
    text = screen(plan, {"devplan_mod": Served(["some_sensor"], frozenset())})
    for part in (
        "devplan_mod (module devplan_mod): some_sensor",
        "redis://127.0.0.1:7001/0",
        "data in .sensors/",
        "http://127.0.0.1:7002",
        "sensors ticks some_sensor",
        "sensors list",
        "sensors events --follow",
        "a listener",
    ):
        assert part in text
    assert "export" not in text, "the other commands find this server by themselves"


def test_screen_names_some_of_many_sensors(code: Path) -> None:
    many = Served([f"s{n}" for n in range(1208)], frozenset())
    text = screen(plan_of("devplan_mod"), {"devplan_mod": many})
    assert ": s0, s1, s2, s3, s4, s5, s6, s7, and 1,200 more\n" in text


def test_screen_exports_the_server_if_its_folder_is_not_where_commands_look(code: Path) -> None:
    plan = make_plan(["devplan_mod"], 7001, 0, Path("elsewhere"))
    assert "export SENSORS_REDIS_URL=redis://127.0.0.1:7001/0" in screen(plan, {})


def test_screen_says_which_location_did_not_load(code: Path) -> None:
    assert "not ready yet" in screen(plan_of("devplan_mod"), {})
