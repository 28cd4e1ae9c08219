"""``sensors web`` as a process: how it refuses to start."""

import os
import subprocess
import sys

import pytest

from sensors_app.storage.embedded import ephemeral_url


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"SENSORS_WEB_HOST": "0.0.0.0"}, 2, "SENSORS_AUTH"),
        ({"SENSORS_AUTH": "nonsense"}, 2, "SENSORS_AUTH"),
        ({"SENSORS_REDIS_URL": "redis://127.0.0.1:1/0"}, 1, "is away"),
    ],
)
def test_it_says_why_it_does_not_start(settings: dict[str, str], code: int, said: str):
    """In a line, with a code that tells whether another start may help."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")}
    server = {"SENSORS_REDIS_URL": ephemeral_url(), "SENSORS_BROKER_URL": "memory://"}
    ended = subprocess.run(
        [sys.executable, "-m", "sensors_app.web"],
        env={**outside, **server, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert ended.stderr.startswith("error: ")
    assert said in ended.stderr
