"""What a dry run shows."""

from sensors_app.engine.preview import preview_of
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import (
    Claim,
    RunToCreate,
    TickFailure,
    TickResult,
    TickStart,
    TickStatus,
)

START = TickStart(Claim("s", 0, 0), "before", None, None, None)


def run(key: str | None) -> RunToCreate:
    return RunToCreate(f"id of {key}", "j", key, '{"a": 1}', '{"t": "x"}')


def test_requests_are_shown_with_what_run_keys_would_drop() -> None:
    """A key used before, or twice in this tick, would make no run."""
    outcome = TickResult([run("used"), run("new"), run("new"), run(None)], None, "after")
    preview = preview_of(START, outcome, {"used": "an earlier run"})
    assert [request["run_key"] for request in preview.requests] == ["new", None]
    assert preview.requests[0]["run_config"] == {"a": 1}
    assert [(d.run_key, d.run_id) for d in preview.dropped] == [
        ("used", "an earlier run"),
        ("new", ""),
    ]
    assert (preview.status, preview.cursor_after) == (TickStatus.SUCCESS, "after")


def test_a_failure_leaves_the_cursor() -> None:
    """And shows the error."""
    error = SerializableErrorInfo("ValueError: boom\n")
    preview = preview_of(START, TickFailure(error), {})
    assert (preview.status, preview.error) == (TickStatus.FAILURE, error)
    assert (preview.cursor_before, preview.cursor_after) == ("before", "before")


def test_a_skip_keeps_its_reason() -> None:
    """As a real tick would."""
    preview = preview_of(START, TickResult(skip_reason="nothing new", cursor="before"), {})
    assert (preview.status, preview.skip_reason) == (TickStatus.SKIPPED, "nothing new")
