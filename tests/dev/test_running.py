"""One ``sensors dev`` for a folder; other commands find it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.cli.dev.running import only_one, settings_here
from sensors_app.cli.failure import Failure
from sensors_app.settings import load_settings

HOLD = """
import sys
from pathlib import Path
from sensors_app.cli.dev.running import only_one
from sensors_app.settings import load_settings
settings = load_settings(redis_url="redis://127.0.0.1:7001/0", locations={"a": "b"})
with only_one(Path(".sensors"), settings):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SENSORS_LOCATIONS", "SENSORS_REDIS_URL", "SENSORS_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def other(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator["subprocess.Popen[str]"]:
    """Another process that is the ``sensors dev`` of this folder. Locks are between processes."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(pytestconfig.rootpath)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_one_is_refused_and_told_who_the_first_is(
    other: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    with (
        pytest.raises(Failure, match=f"already runs.*process {other.pid}.*Ctrl-C.*--data-dir"),
        only_one(Path(".sensors"), load_settings()),
    ):
        pass


def test_lock_ends_with_its_process_however_that_ends(other: "subprocess.Popen[str]") -> None:
    other.kill()
    other.wait()
    with only_one(Path(".sensors"), load_settings()):
        assert settings_here() == load_settings()


@pytest.mark.usefixtures("other")
def test_command_in_the_same_folder_uses_its_server() -> None:
    settings = settings_here()
    assert settings.redis_url == "redis://127.0.0.1:7001/0"
    assert settings.locations == {"a": "b"}


@pytest.mark.usefixtures("other")
def test_server_that_was_named_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://production:6379/0")
    assert settings_here().redis_url == "redis://production:6379/0"


def test_one_that_has_ended_is_not_found(other: "subprocess.Popen[str]") -> None:
    other.communicate("")
    assert settings_here() == load_settings()


def test_data_folder_ignores_itself(tmp_path: Path) -> None:
    """In a repository of the user's own, too, the data must not be committed."""
    with only_one(tmp_path / "data", load_settings()):
        assert (tmp_path / "data" / ".gitignore").read_text() == "*\n"


def test_data_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(Failure, match=r"data folder .*file.* cannot be used: File exists"),
        only_one(tmp_path / "file", load_settings()),
    ):
        pass
