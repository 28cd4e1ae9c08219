"""The listener: ``python -m workers.listener``, or ``sensors listener``.

It reads the events of runs and has workers call the sensors that they are for; and it takes in what
other systems report of runs of theirs. Any number may run.
None holds anything that another would have to wait for: how far a stream has been read is in the
store, and moves on in the step that delivers.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from kombu import Producer

from sensors_app.engine.listening import Listening
from sensors_app.engine.obituary import TICK_WORKER_LOST
from sensors_app.engine.schedule import dead_workers
from sensors_app.errors import DagsterError, StoreUnavailableError
from sensors_app.runtime import Runtime, build_runtime
from workers.app import app, settings
from workers.dispatch import Dispatcher, broker_errors
from workers.intake import EventIntake
from workers.process import await_store

WAIT_S = 0.2
"""How long it waits for events at the most, since calls may be due to be tried again."""

FULL_PAUSE_S = 0.05
"""How soon it looks again at what was full: nothing in the streams tells when workers caught up."""

LOOK_ROUND_S = 1.0
"""How often it reads the rules anew, expires what is dead, and sends again what was lost."""

AWAY_S = 1.0

logger = logging.getLogger(__name__)


class Listener:
    """The loop of a listener.

    Args:
        runtime: Settings and store.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._store = runtime.store
        self._listening = Listening(
            self._store.events,
            self._store.deliveries,
            runtime.settings.reaction_window,
            self._store.joins,
        )
        self._dispatcher = Dispatcher(app, runtime)
        self._broker_errors = broker_errors(app)
        self._connection: Any = None
        self._producer: Any = None
        self._locations: list[str] = []
        self._next_round = 0.0
        self._no_expiry_before = 0.0
        self._no_alarm_before = 0.0
        self._last_round = time.time()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have it end after the present round; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Go on until told to stop, whatever is away."""
        self._hold_expiry()
        while not self._stop.is_set():
            try:
                self._pulse()
                continue
            except StoreUnavailableError as error:
                logger.warning("%s Trying again.", error)
                self._hold_expiry()
            except self._broker_errors as error:
                logger.warning("The broker is away: %s. Calls are sent when it is back.", error)
                self._drop_connection()
            except Exception:  # whatever it is, a listener that ended would let alerts wait
                logger.exception("the listener could not do its round; it goes on with the next")
            self._stop.wait(AWAY_S)
        self._drop_connection()

    def _pulse(self) -> None:
        now_ms = None
        if time.monotonic() >= self._next_round:
            self._next_round = time.monotonic() + LOOK_ROUND_S
            self._look_round()
            now_ms = self._store.now_ms()
        # What happened until now is read by the look, so that waiting may go on from there.
        known = self._store.events.last_ids(self._locations)
        seen = self._listening.look(now_ms)
        for home in self._listening.homes:
            self._dispatcher.send_reactions(self._open_producer(), home)
        if seen.more:
            return
        if seen.full or not known:
            self._stop.wait(FULL_PAUSE_S if seen.full else WAIT_S)
        else:
            self._store.events.wait(known, round(WAIT_S * 1000))

    def _look_round(self) -> None:
        # By the clock on the wall: the machine may have slept, and all the others with it.
        away_s = time.time() - self._last_round
        if away_s > self._store.limits.worker_ttl_ms / 1000:
            self._hold_expiry()
        self._last_round = time.time()
        self._store.sensors.listener_heartbeat(self._name)
        self._locations = self._store.sensors.location_names()
        self._listening.refresh(self._locations)
        self._tell_late()
        workers = self._store.sensors.workers()
        for home in self._listening.homes:
            if time.monotonic() >= self._no_expiry_before:
                for sensor, holder in self._store.reactions.expire_reactions(
                    home, TICK_WORKER_LOST, dead_workers(workers.get(home, []))
                ):
                    logger.warning("sensor %s/%s: its worker is gone (%s)", home, sensor, holder)
            if resent := self._dispatcher.resend_lost_reactions(self._open_producer(), home):
                logger.warning("%d calls of %s were lost; sent again", resent, home)

    def _tell_late(self) -> None:
        """Notice sensors without ticks, also if beat is dead: nobody else would."""
        if time.monotonic() < self._no_alarm_before:
            return
        for location, intervals in self._listening.late_intervals.items():
            more = True
            while more:
                seen = self._store.sensor_events.tell_late(location, intervals)
                more = seen.more
                if seen.told:
                    logger.warning("%d sensors of %s are late", seen.told, location)

    def _hold_expiry(self) -> None:
        """While the store was away nobody could give a sign of life: let them, first.

        Ticks take longer to come back than heartbeats: their messages may have been lost.
        """
        now, limits = time.monotonic(), self._store.limits
        self._no_expiry_before = now + limits.worker_ttl_ms / 1000
        self._no_alarm_before = self._no_expiry_before + 2 * limits.claim_resend_ms / 1000

    def _open_producer(self) -> Producer:
        if self._producer is None:
            self._connection = app.connection_for_write()
            # At once or not at all: to wait would hold up what needs no broker.
            self._connection.ensure_connection(
                max_retries=1, interval_start=0, interval_step=0, interval_max=0
            )
            self._producer = Producer(self._connection)
        return self._producer

    def _drop_connection(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.collect()


def main(argv: Sequence[str] | None = None) -> None:
    """Run a listener until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m workers.listener", description=__doc__)
    parser.add_argument("--loglevel", "-l", default="INFO", help="as for Celery's commands")
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=options.loglevel, format="[%(asctime)s: %(levelname)s/listener] %(message)s"
    )
    runtime = build_runtime(settings)
    try:
        await_store(runtime)
    except DagsterError as error:
        sys.exit(f"error: {error}")
    listener, intake = Listener(runtime), EventIntake(build_runtime(settings))

    def end(_number: int, _frame: FrameType | None) -> None:
        listener.stop()
        intake.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    logger.info("reading events of runs, and reports of other systems' runs")
    # A thread of its own: neither is to wait for what the other one waits for.
    taking_in = threading.Thread(target=intake.run, name="sensors-intake")
    taking_in.start()
    listener.run()
    taking_in.join()
    runtime.close()


if __name__ == "__main__":
    main()
