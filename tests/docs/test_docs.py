"""The documents say what is there: lists are complete, code in them runs."""

import importlib
import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import sensors_app
from sensors_app.cli.root import cli
from sensors_app.operating.signing import fault_of
from sensors_app.settings import Settings
from sensors_app.storage.client import connect
from sensors_app.storage.scripts import SCRIPTS
from sensors_app.storage.store import Store
from tests.support.servers import server_on_socket

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MIGRATING = (ROOT / "docs" / "migrating-from-dagster.md").read_text()
WATCHING = (ROOT / "docs" / "watching-sensors.md").read_text()
JOINS = (ROOT / "docs" / "joins.md").read_text()
RUN_KEYS = (ROOT / "docs" / "run-keys.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def test_the_code_of_the_readme_runs(tmp_path: Path) -> None:
    """The first sensor of one's own, and its test, as a reader would copy them."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    script = tmp_path / "my_sensors.py"
    script.write_text("\n".join(blocks))
    done = subprocess.run(
        [sys.executable, script],
        env={"MY_FOLDER": str(tmp_path / "folder"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "guide",
    [MIGRATING, WATCHING, JOINS, RUN_KEYS],
    ids=["migrating", "watching sensors", "joins", "run keys"],
)
def test_the_code_of_a_guide_runs(tmp_path: Path, guide: str) -> None:
    """As a reader would copy it, with the tests in it."""
    (block,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    script = tmp_path / "copied.py"
    script.write_text(block)
    done = subprocess.run(
        [sys.executable, script],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_code_of_the_page_on_other_systems_runs(tmp_path: Path) -> None:
    """Each way to report does, and the sensor that watches is one."""
    page = (ROOT / "docs" / "external-runs.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 4
    script = tmp_path / "reporting.py"
    script.write_text("\n".join(blocks))
    with server_on_socket() as url:
        env = {"SENSORS_REDIS_URL": url, "SENSORS_BROKER_URL": "memory://", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, script], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        with closing(connect(url)) as client:
            run = Store(client).runs.run("billing", "order-7")
    assert run is not None
    assert run.error == 'Execution of run for "charge" failed. ValueError: card refused'


def test_the_code_about_push_runs(tmp_path: Path) -> None:
    """With its own test; and what the shell signs is what the server accepts."""
    page = (ROOT / "docs" / "push.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path / "pushed.py"
    script.write_text(block)
    env = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (shell,) = re.findall(r"```sh\n(.*?)curl", page, re.DOTALL)
    done = subprocess.run(
        ["sh", "-c", f'{shell}printf %s "t=$t,v1=$v1"'],
        env={**os.environ, "SENSORS_PUSH_SECRET": "secret"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert fault_of(done.stdout, b'{"order":7}', ["secret"], time.time()) is None


def test_every_name_that_works_unchanged_is_there() -> None:
    """The guide promises no name that cannot be imported."""
    promised = MIGRATING.partition("## What works unchanged")[2].partition("* `make_email")[0]
    names = re.findall(r"`(\w+)`", promised)
    assert len(names) > 40
    methods = {"execute_in_process"}
    assert [name for name in names if name not in methods and not hasattr(sensors_app, name)] == []


@pytest.mark.parametrize("path", re.findall(r"`(sensors_app\.integrations\.[\w.]+)`", MIGRATING))
def test_integrations_are_where_the_guide_says(path: str) -> None:
    """Slack and S3."""
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_setting_is_documented() -> None:
    """docs/settings.md is what the settings say of themselves."""
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page()


def settings_page() -> str:
    """Return the page that docs/settings.md must be."""
    lines = [
        "# Settings",
        "",
        "Variables of the environment, or keys without the prefix and in lower case in a",
        "`[tool.sensors]` table of the `pyproject.toml` in the folder a process starts in.",
        "The environment wins. Each process reads them once.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in ("", {}) else f"`{default}`"
        lines.append(f"| `SENSORS_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def test_every_intent_is_in_the_architecture() -> None:
    """The table of intents and the folder of scripts name the same."""
    table = ARCHITECTURE.partition("| intent | does")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(SCRIPTS)


def test_every_layer_of_the_architecture_is_enforced() -> None:
    """The drawing of the layers and import-linter's contract are the same list."""
    drawing = ARCHITECTURE.partition("## Layers")[2].split("```")[1]
    drawn = [re.split(r"\s{2,}", line.strip())[0] for line in drawing.strip().splitlines()]
    contract = (ROOT / "pyproject.toml").read_text().partition("layers = [")[2].partition("]")[0]
    assert drawn == re.findall(r'"([^"]+)"', contract)


@pytest.mark.parametrize(
    "document", sorted((ROOT).glob("*.md")) + sorted((ROOT / "docs").glob("*.md"))
)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """No link to a file that is not there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_command_is_in_the_changelog() -> None:
    """Whoever upgrades finds what is new."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    missing = [name for name in cli.commands if not re.search(rf"\b{name}\b", changelog)]
    assert set(missing) <= {"locations", "workers", "completion"}


@pytest.mark.parametrize("document", [README, MIGRATING, ARCHITECTURE, RUN_KEYS])
def test_commands_named_in_documents_exist(document: str) -> None:
    """No document names a command that is none, where it shows how to type it."""
    named = set(re.findall(r"(?:^|`)sensors ([a-z-]+)", document, re.MULTILINE))
    assert named
    assert named <= set(cli.commands)


@pytest.mark.parametrize("document", [README, ARCHITECTURE])
def test_settings_named_in_documents_exist(document: str) -> None:
    """No document names a variable that is none."""
    named = set(re.findall(r"SENSORS_[A-Z_]+", document))
    assert named <= {f"SENSORS_{name.upper()}" for name in Settings.model_fields}


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(settings_page())
