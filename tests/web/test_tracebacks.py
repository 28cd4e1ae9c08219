"""Errors as pages show them."""

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.web.tracebacks import chain_of

OWN = '  File "/app/shop/sensors.py", line 3, in f\n    g()\n'
LIBRARY = '  File "/venv/lib/python3.12/site-packages/requests/api.py", line 9, in get\n    x()\n'
STANDARD = '  File "/usr/lib/python3.12/json/__init__.py", line 1, in loads\n    y()\n'


def test_frames_of_libraries_are_set_apart_where_they_are():
    """In the order in which they called one another."""
    (shown,) = chain_of(SerializableErrorInfo("Boom\n", (OWN, LIBRARY, STANDARD, OWN)))
    assert [(part.own, len(part.texts)) for part in shown.frames] == [
        (True, 1),
        (False, 2),
        (True, 1),
    ]
    assert shown.message == "Boom"


def test_of_an_error_that_only_libraries_know_all_is_shown():
    """Folded, it would be nothing."""
    (shown,) = chain_of(SerializableErrorInfo("Boom\n", (LIBRARY, LIBRARY)))
    assert [part.own for part in shown.frames] == [True]


def test_causes_follow():
    """What was raised last comes first."""
    cause = SerializableErrorInfo("first\n")
    error = SerializableErrorInfo("last\n", cause=cause)
    assert [shown.message for shown in chain_of(error)] == ["last", "first"]
    assert chain_of(None) == []
