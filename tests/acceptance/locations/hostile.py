"""Sensors that do everything a sensor should not, each for one test. Hostile by accident."""

import os
import signal
import sys
import time
from pathlib import Path

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SkipReason,
    job,
    op,
    sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
SENSORS = []


@op
def append_a_line(context):
    with (FOLDER / "lines").open("a") as lines:
        lines.write(f"{context.run_id}\n")


@job
def good_job():
    append_a_line()


@op
def raise_an_error():
    raise ValueError("this op is broken")


@job
def raising_job():
    raise_an_error()


@op
def leave():
    os._exit(7)


@job
def leaving_job():
    leave()


@op
def exit_politely():
    sys.exit(4)


@job
def exiting_job():
    exit_politely()


def hostile(function=None, *, job=good_job, timeout=20):
    """A sensor that is evaluated only when asked for."""

    def decorate(function):
        made = sensor(job=job, minimum_interval_seconds=3600, timeout_seconds=timeout)(function)
        SENSORS.append(made)
        return made

    return decorate if function is None else decorate(function)


@sensor(job=good_job, minimum_interval_seconds=0.2, default_status=DefaultSensorStatus.RUNNING)
def well_behaved():
    return SkipReason("all is well")


@hostile
def raises():
    raise RuntimeError("the API is away")


@hostile
def returns_nonsense():
    return 5


@hostile
def mixes():
    return [RunRequest(run_key="a"), SkipReason("and yet not")]


@hostile
def calls_exit():
    sys.exit(3)


@hostile
def exits_hard():
    os._exit(3)


@hostile
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@hostile(timeout=1)
def sleeps():
    time.sleep(600)


@hostile(timeout=1)
def spins():
    while True:
        pass


@hostile(timeout=1)
def swallows():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


@hostile(timeout=1)
def swallows_everything():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass


@hostile(timeout=1)
def late_but_returns():
    try:
        time.sleep(600)
    except Exception:
        return RunRequest(run_key="late")


@hostile
def requests_many():
    for number in range(20_000):
        yield RunRequest(run_key=str(number))


@hostile
def same_key_twice():
    return [RunRequest(run_key="k"), RunRequest(run_key="k")]


@hostile
def no_json():
    return RunRequest(run_key="x", run_config={"ops": {"a": {"config": object()}}})


@hostile
def no_number():
    return RunRequest(run_key="x", run_config={"limit": float("nan")})


@hostile
def huge_cursor(context):
    context.update_cursor("x" * 5_000_000)
    return SkipReason("with a huge cursor")


@hostile
def logs_much(context):
    for number in range(100_000):
        context.log.info("line %d", number)
    return SkipReason("having said all")


@hostile
def logs_wrongly(context):
    context.log.info("%d", "not a number")
    return SkipReason("said wrongly")


@hostile
def forks():
    os.fork()
    return RunRequest(run_key=None)


@hostile
def prints_a_secret():
    print("password=hunter2")
    sys.stderr.write("token=hunter2\n")
    return SkipReason("said nothing")


@hostile
def strange_keys():
    return [
        RunRequest(run_key="\udcff undecodable"),
        RunRequest(run_key=""),
        RunRequest(run_key="\x00"),
    ]


@hostile(job=raising_job)
def wants_raising():
    return RunRequest(run_key=None)


@hostile(job=leaving_job)
def wants_leaving():
    return RunRequest(run_key=None)


@hostile(job=exiting_job)
def wants_exiting():
    return RunRequest(run_key=None)


@hostile
def wrong_config():
    return RunRequest(run_key=None, run_config={"ops": {"no_such_op": {}}})


@hostile
def recurses():
    return recurses_for_ever()


def recurses_for_ever():
    return recurses_for_ever()


defs = Definitions(
    jobs=[good_job, raising_job, leaving_job, exiting_job], sensors=[well_behaved, *SENSORS]
)
