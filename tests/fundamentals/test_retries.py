"""Retries: ops that are tried again, and ops that fail on purpose."""

import pytest

from sensors_app import (
    Backoff,
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterMaxRetriesExceededError,
    Failure,
    Jitter,
    RetryPolicy,
    RetryRequested,
    job,
    op,
)


def failing_until(attempt, error=None, **arguments):
    """An op that raises until its n-th attempt."""

    @op(name="flaky", **arguments)
    def flaky(context):
        if context.retry_number + 1 < attempt:
            raise error or ValueError("not yet")
        return context.retry_number

    return flaky


def run(used, **arguments):
    return job(name="j", **arguments)(lambda: [used()].clear()).execute_in_process(
        raise_on_error=False
    )


def test_a_policy_tries_again():
    """Up to ``max_retries`` times beside the first attempt."""
    result = run(failing_until(3, retry_policy=RetryPolicy(max_retries=2)))
    assert result.output_for_node("flaky") == 2
    assert result.retry_attempts_for_node("flaky") == 2
    assert [event.event_type_value for event in result.events_for_node("flaky")][1:5] == [
        "STEP_UP_FOR_RETRY",
        "STEP_RESTARTED",
        "STEP_UP_FOR_RETRY",
        "STEP_RESTARTED",
    ]


def test_exhausted_retries_have_an_error_of_their_own():
    """What the op raised is its cause."""
    small = job(name="j")(lambda: [failing_until(9, retry_policy=RetryPolicy())()].clear())
    with pytest.raises(DagsterMaxRetriesExceededError, match="Exceeded max_retries of 1") as raised:
        small.execute_in_process()
    assert isinstance(raised.value.__cause__, ValueError)


def test_an_op_can_ask_for_a_retry_itself():
    """By raising RetryRequested."""
    result = run(failing_until(2, RetryRequested(max_retries=1)))
    assert result.output_for_node("flaky") == 1


def test_policies_of_the_use_of_the_op_and_of_the_job():
    """The nearest one counts."""
    patient, hasty = RetryPolicy(max_retries=5), RetryPolicy(max_retries=0)
    assert run(failing_until(3), op_retry_policy=patient).success
    assert not run(failing_until(3, retry_policy=hasty), op_retry_policy=patient).success
    use = failing_until(3, retry_policy=hasty).with_retry_policy(patient)
    assert run(use).success


def test_a_failure_on_purpose():
    """It speaks for itself, and may forbid retries."""
    error = Failure("bad input", metadata={"row": 3}, allow_retries=False)
    result = run(failing_until(2, error, retry_policy=RetryPolicy(max_retries=3)))
    assert result.retry_attempts_for_node("flaky") == 0
    info = result.get_run_failure_event().event_specific_data.error
    assert info.cls_name == "Failure"
    assert "bad input" in info.message
    assert error.metadata == {"row": 3}


def test_waits_grow():
    """Linearly or exponentially, and may be made random."""
    linear = RetryPolicy(delay=2, backoff=Backoff.LINEAR)
    exponential = RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL)
    assert [linear.seconds_before(n) for n in (1, 2, 3)] == [2, 4, 6]
    assert [exponential.seconds_before(n) for n in (1, 2, 3)] == [2, 6, 14]
    full = RetryPolicy(delay=2, jitter=Jitter.FULL)
    assert 0 <= full.seconds_before(1) <= 2
    around = RetryPolicy(delay=2, jitter=Jitter.PLUS_MINUS)
    assert 0 <= around.seconds_before(1) <= 4
    assert RetryPolicy().seconds_before(1) is None


def test_what_cannot_be_a_policy():
    """Types are checked, and a growth needs something to grow."""
    with pytest.raises(CheckError):
        RetryPolicy(max_retries="3")
    with pytest.raises(CheckError):
        RetryRequested(max_retries="3")
    with pytest.raises(DagsterInvalidDefinitionError, match="without also setting delay"):
        RetryPolicy(backoff=Backoff.LINEAR)
