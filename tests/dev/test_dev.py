"""``sensors dev`` as a newcomer meets it: real processes, in a folder of the user's own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage.client import connect
from sensors_app.storage.store import Store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]
MODULE = """
import time
from pathlib import Path

from sensors_app import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

HERE = Path(__file__).parent


@op(config_schema={"name": str})
def handle(context):
    name = context.op_config["name"]
    with (HERE / "handled").open("a") as handled:
        handled.write(f"{name}\\n")
    while name == "hang":
        time.sleep(1)


@job
def handle_job():
    handle()


@sensor(
    job=handle_job, minimum_interval_seconds=0.2, default_status=DefaultSensorStatus.RUNNING
)
def first_sensor():
    for path in sorted((HERE / "inbox").iterdir()):
        yield RunRequest(
            run_key=path.name, run_config={"ops": {"handle": {"config": {"name": path.name}}}}
        )


defs = Definitions(jobs=[handle_job], sensors=[first_sensor])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, text: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return text in reply.read().decode()
    except OSError:
        return False


class Dev:
    """A folder with a module of the user's, in which ``sensors dev`` is started and stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.module = folder / "watched.py"
        self.module.write_text(MODULE)
        (folder / "inbox").mkdir()
        # All that descend from it inherit it, whatever session or parent they end up with.
        self.mark = f"SENSORS_TEST_MARK={uuid4()}"
        name, _, value = self.mark.partition("=")
        outside = {k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")}
        self.env = {**outside, "PYTHONPATH": str(ROOT), name: value}
        self.log = folder / "dev.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.store = Store(connect(f"redis://127.0.0.1:{self.port}/0", retries=10), "sensors")

    def argv(self, *more: str) -> list[str]:
        # The last one of an option counts.
        ports = ["--port", str(self.port), "--web-port", "0", "--flower-port", "0"]
        return [sys.executable, "-m", "sensors_app.cli", "dev", "-m", "watched", *ports, *more]

    def start(self, *more: str) -> None:
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                self.argv(*more),
                cwd=self.folder,
                env=self.env,
                stdout=out,
                stderr=out,
                # As a terminal does: the group is what Ctrl-C goes to.
                start_new_session=True,
            )
        self.wait(lambda: "sensors dev is running" in self.output(), "the screen")

    def ctrl_c(self) -> int:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)

    def other(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in another terminal."""
        return subprocess.run(
            argv, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, condition: object, what: str, timeout: float = 30) -> None:
        assert callable(condition)
        try:
            wait_until(condition, what, timeout=timeout, pause=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output()}") from None

    def wait_tick(self, sensor: str) -> None:
        self.wait(lambda: self.store.ticks.ticks("watched", sensor, limit=1), f"a tick of {sensor}")

    def drop(self, name: str) -> None:
        (self.folder / "inbox" / name).touch()

    def handled(self) -> list[str]:
        path = self.folder / "handled"
        return path.read_text().splitlines() if path.exists() else []

    def runs(self) -> list[DagsterRun]:
        return list(self.store.runs.runs("watched"))

    def left(self) -> list[str]:
        """The processes that are still there, by command line."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                    command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append(f"{path.name} {command}")
            except OSError:
                continue
        return found

    def close(self) -> None:
        self.store.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for line in self.left():
            # That one sees to its server's end, which hides its environment from us.
            if "storage.embedded" not in line:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(line.split()[0]), signal.SIGKILL)
        wait_until(lambda: not self.left(), "the server to end")


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("without /proc nobody can tell which processes are left")
    dev = Dev(tmp_path)
    yield dev
    dev.close()


def test_a_file_is_handled_once_also_after_a_stop_and_a_start(dev: Dev) -> None:
    flower_port, web_port = free_port(), free_port()
    dev.start("--flower-port", str(flower_port), "--web-port", str(web_port))
    dev.wait_tick("first_sensor")
    dev.drop("one")
    dev.wait(lambda: dev.handled() == ["one"], "the run")
    dev.wait(lambda: answers(f"http://127.0.0.1:{flower_port}/workers", "Flower"), "Flower")
    assert f"pages     http://127.0.0.1:{web_port}/" in dev.output()
    pages = f"http://127.0.0.1:{web_port}/?q=first"
    dev.wait(lambda: answers(pages, "watched/first_sensor"), "the pages")

    assert dev.ctrl_c() == 0, dev.output()
    assert dev.left() == []
    assert "Traceback" not in dev.output()

    dev.start()
    dev.drop("two")
    dev.wait(lambda: "two" in dev.handled(), "the second run")
    assert dev.handled() == ["one", "two"]
    # The file is written by the op, a moment before its run has ended.
    dev.wait(lambda: all(run.is_finished for run in dev.runs()), "the end of the runs")
    assert [run.status for run in dev.runs()] == [DagsterRunStatus.SUCCESS] * 2
    assert dev.ctrl_c() == 0
    assert dev.left() == []


def test_saved_code_is_loaded_and_broken_code_is_waited_for(dev: Dev) -> None:
    dev.start()
    dev.wait_tick("first_sensor")

    dev.module.write_text(MODULE.replace("first_sensor", "second_sensor"))
    dev.wait_tick("second_sensor")
    dev.wait(lambda: "watched is loaded: second_sensor" in dev.output(), "the news")

    dev.module.write_text("def broken(:\n")
    dev.wait(lambda: dev.output().count("is not running (code 2)") == 4, "the workers' end")
    assert "error: Code location 'watched'" in dev.output()
    assert "SyntaxError" in dev.output()
    assert "Traceback" not in dev.output()

    dev.module.write_text(MODULE.replace("first_sensor", "third_sensor"))
    dev.wait_tick("third_sensor")


def test_op_that_hangs_does_not_keep_it_from_ending(dev: Dev) -> None:
    dev.start()
    dev.drop("hang")
    dev.wait(lambda: dev.handled() == ["hang"], "the run to hang")
    assert dev.process is not None
    asked = time.monotonic()
    dev.process.terminate()
    assert dev.process.wait(20) == 128 + signal.SIGTERM
    assert time.monotonic() - asked < 10
    assert dev.left() == []
    assert "launch is still busy after 4 s: killed" in dev.output()


def test_all_of_it_ends_when_it_is_killed_outright(dev: Dev) -> None:
    dev.start()
    assert dev.process is not None
    dev.process.kill()
    dev.process.wait()
    dev.wait(lambda: not dev.left(), "the others to end", timeout=10)


def test_other_commands_find_it_and_a_second_one_is_refused(dev: Dev) -> None:
    dev.start()
    listed = dev.other(sys.executable, "-m", "sensors_app.cli", "list")
    assert "first_sensor" in listed.stdout, listed.stderr

    second = dev.other(*dev.argv())
    assert second.returncode == 1
    assert "already runs with the data folder .sensors" in second.stderr

    assert "Traceback" not in second.stderr
    assert dev.ctrl_c() == 0
    assert dev.left() == []


@pytest.mark.parametrize("option", ["--port", "--web-port", "--flower-port"])
def test_taken_port_is_refused_with_the_option_that_chooses_another(dev: Dev, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = dev.other(*dev.argv(option, str(port)))
    assert refused.returncode == 1
    assert f"Port {port}, meant for " in refused.stderr
    assert f"sensors dev {option} {port + 1}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert dev.left() == []


def test_module_that_is_not_there_is_refused_at_once(dev: Dev) -> None:
    dev.module.unlink()
    refused = dev.other(*dev.argv())
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: There is no module 'watched' in ")
    assert dev.left() == []
