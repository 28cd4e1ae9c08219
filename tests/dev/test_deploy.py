"""Makefile, Procfile, Dockerfile, docker-compose.yml: as far as they can be held true from here.

No container engine is needed: that the image builds is not among what these tests say.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

from sensors_app.cli.root import cli
from sensors_app.model.locations import Role
from sensors_app.settings import Settings

ROOT = Path(__file__).parents[2]
ROLES = [role.value for role in Role]
# This may itself run under make, whose variables would tell the one below what to do.
ENV = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
SETTING = re.compile(r"SENSORS_[A-Z_]+")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def subcommands(argv: list[str]) -> list[str]:
    return [argv[argv.index("sensors") + 1]] if "sensors" in argv else []


def test_composition_is_valid() -> None:
    """By the public schema of compose files."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*check, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_composition_has_a_server_two_beats_and_listeners_workers_pages_and_flower(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert set(services) == {"valkey", "beat", "listener", *ROLES, "web", "flower"}
    assert services["beat"]["deploy"]["replicas"] == 2
    assert services["listener"]["deploy"]["replicas"] == 2
    assert "container_name" not in str(services), "a named container cannot be scaled"
    assert len({services[name]["image"] for name in services if name != "valkey"}) == 1


def test_composed_server_keeps_everything(compose: dict[str, Any]) -> None:
    valkey = compose["services"]["valkey"]
    command = " ".join(valkey["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "valkey:/data" in valkey["volumes"]
    assert valkey["healthcheck"]["test"] == ["CMD", "valkey-cli", "ping"]
    assert "ports" not in valkey, "it has no password"


def test_composed_processes_wait_for_the_server(compose: dict[str, Any]) -> None:
    for name in ("beat", "listener", *ROLES, "web", "flower"):
        service = compose["services"][name]
        assert service["depends_on"] == {"valkey": {"condition": "service_healthy"}}
        assert service["environment"]["SENSORS_REDIS_URL"] == "redis://valkey:6379/0"


def test_composed_workers_share_the_folder_of_the_quickstart(compose: dict[str, Any]) -> None:
    for name in ROLES:
        service = compose["services"][name]
        assert "quickstart:/data" in service["volumes"]
        assert service["environment"]["QUICKSTART_DIR"] == "/data"
        assert service["command"][service["command"].index("--role") + 1] == name


@pytest.mark.parametrize("name", ["beat", "listener", *ROLES])
def test_composed_processes_are_looked_at(compose: dict[str, Any], name: str) -> None:
    _, program, command, process, *_ = compose["services"][name]["healthcheck"]["test"]
    assert [program, command, process] == ["sensors", "alive", name]


def test_composed_pages_ask_who_is_there_and_are_for_this_machine(compose: dict[str, Any]) -> None:
    web = compose["services"]["web"]
    assert "SENSORS_AUTH:?" in web["environment"]["SENSORS_AUTH"]
    assert web["environment"]["SENSORS_WEB_HOST"] == "0.0.0.0"
    assert web["ports"] == ["127.0.0.1:3070:3070"]


def test_composed_flower_asks_for_a_password(compose: dict[str, Any]) -> None:
    flower = compose["services"]["flower"]
    assert "FLOWER_BASIC_AUTH:?" in flower["environment"]["FLOWER_BASIC_AUTH"]
    assert flower["ports"] == ["127.0.0.1:5555:5555"]
    assert "--max-tasks=5000" in flower["command"]


def test_procfile_starts_one_of_each() -> None:
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    assert list(processes) == ["beat", "listener", *ROLES, "web", "flower"]
    for name in ROLES:
        assert f"--role {name}" in processes[name]
        assert "SENSORS_LOCATIONS:-quickstart=examples.quickstart" in processes[name]


def test_commands_named_in_deployments_exist(compose: dict[str, Any]) -> None:
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes.values()
    lines = [line.split() for line in processes]
    services = compose["services"].values()
    lines += [service["command"] for service in services]
    lines += [service["healthcheck"]["test"] for service in services if "healthcheck" in service]
    found = {name for argv in lines for name in subcommands(argv)}
    assert found == {"alive", "beat", "listener", "web", "worker"}
    assert found <= set(cli.commands)


@pytest.mark.parametrize("name", ["docker-compose.yml", "Procfile"])
def test_settings_named_in_deployments_exist(name: str) -> None:
    known = {f"SENSORS_{field.upper()}" for field in Settings.model_fields}
    assert set(SETTING.findall((ROOT / name).read_text())) <= known


def test_image_is_made_of_what_the_build_may_see() -> None:
    """What ``.dockerignore`` does not let through cannot be copied."""
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copies = [
        line.split()[1:-1]
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert {source for sources in copies for source in sources} == allowed


def test_image_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    users = re.findall(r"^USER (\w+)$", text, re.MULTILINE)
    assert users == ["10001"], "a number: Kubernetes cannot tell whether a name is root"
    assert "--uid 10001" in text


def test_make_without_a_target_explains_itself() -> None:
    shown = subprocess.run(
        ["make"], cwd=ROOT, env=ENV, capture_output=True, text=True, check=True
    ).stdout
    for target in ("dev", "test", "check", "bench"):
        assert re.search(rf"^make {target} +\w", shown, re.MULTILINE), shown


def test_make_refuses_an_old_python_by_name(tmp_path: Path) -> None:
    old = tmp_path / "python3.6"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.6.9" || exit 1\n')
    old.chmod(0o755)
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / "pyproject.toml").touch()
    failed = subprocess.run(
        ["make", "dev", f"PYTHON={old}"],
        cwd=tmp_path,
        env=ENV,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode != 0
    assert "python3.6 is Python 3.6.9, and 3.11 or later is needed" in failed.stderr
    assert not (tmp_path / ".venv").exists()
