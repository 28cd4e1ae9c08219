"""Sends at once what a commit or an end of a run has promised."""

import logging

from workers.app import app
from workers.dispatch import broker_errors
from workers.process import Child

logger = logging.getLogger(__name__)


def send_launches(process: Child, location: str) -> None:
    """Send what waits in the outbox of a code location; beat sends whatever this does not."""
    try:
        with app.producer_pool.acquire(block=True) as producer:
            process.dispatcher.send_outbox(producer, location)
    except broker_errors(app) as error:
        logger.warning("the launches of %s wait for the broker: %s", location, error)
