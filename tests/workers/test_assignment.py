"""A worker's queues say what it is for."""

import pytest

from sensors_app.errors import SettingsError
from sensors_app.model.locations import Role
from sensors_app.settings import load_settings
from workers.process import Assignment, read_assignment

SETTINGS = load_settings(locations={"orders": "my.orders", "a.b": "my.dotted"}, key_prefix="pre")


def test_location_and_roles_are_read_from_the_queues() -> None:
    """One location, one role or more."""
    queues = ["pre.orders.evaluate", "pre.orders.launch"]
    assert read_assignment(SETTINGS, queues) == Assignment("orders", (Role.EVALUATE, Role.LAUNCH))


def test_a_location_may_have_dots_in_its_name() -> None:
    """The role is what follows the last one."""
    assert read_assignment(SETTINGS, ["pre.a.b.launch"]) == Assignment("a.b", (Role.LAUNCH,))


@pytest.mark.parametrize(
    ("queues", "words"),
    [
        (["celery"], "none of ours"),
        (["other.orders.evaluate"], "none of ours"),
        (["pre.orders.dance"], "none of ours"),
        (["pre.evaluate"], "none of ours"),
        ([], "name none"),
        (["pre.orders.evaluate", "pre.a.b.evaluate"], "one code location"),
        (["pre.unknown.launch"], "SENSORS_LOCATIONS"),
    ],
)
def test_other_queues_are_refused(queues: list[str], words: str) -> None:
    """With what is wrong, and what to write instead."""
    with pytest.raises(SettingsError, match=words):
        read_assignment(SETTINGS, queues)
