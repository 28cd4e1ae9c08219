"""Hooks: functions called when an op has succeeded or failed."""

import pytest

from sensors_app import (
    CheckError,
    DagsterEventType,
    DagsterInvalidDefinitionError,
    failure_hook,
    job,
    op,
    success_hook,
)


@op
def works():
    return 1


@op
def fails():
    raise ValueError("boom")


@pytest.fixture
def seen():
    return []


@pytest.fixture
def hooks(seen):
    @success_hook
    def tell_success(context):
        seen.append(("success", context.op.name, context.job_name, context.op_exception))

    @failure_hook(name="tell_failure")
    def other_name(context):
        seen.append(("failure", context.op.name, context.job_name, str(context.op_exception)))

    return {tell_success, other_name}


def run(body, **arguments):
    return job(name="j", **arguments)(body).execute_in_process(raise_on_error=False)


def test_hooks_of_a_job_are_called_for_each_op(hooks, seen):
    """Those that are for such an end; the others leave an event."""
    result = run(lambda: [works(), fails()].clear(), hooks=hooks)
    assert seen == [("failure", "fails", "j", "boom"), ("success", "works", "j", None)]
    kinds = [event.event_type for event in result.events_for_node("works")]
    assert DagsterEventType.HOOK_COMPLETED in kinds
    assert DagsterEventType.HOOK_SKIPPED in kinds


def test_hooks_of_one_use_of_an_op(hooks, seen):
    """The name is that of the use."""
    run(lambda: [works.alias("mine").with_hooks(hooks)(), works()].clear())
    assert seen == [("success", "mine", "j", None)]


def test_hooks_can_be_added_to_a_job(hooks, seen):
    """The job without them stays as it was."""
    plain = job(name="j")(lambda: [works()].clear())
    plain.with_hooks(hooks).execute_in_process()
    plain.execute_in_process()
    assert len(seen) == 1


def test_a_hook_that_raises_does_not_fail_the_run():
    """It leaves an event."""

    @success_hook
    def breaks(context):
        raise KeyError("hook")

    result = run(lambda: [works()].clear(), hooks={breaks})
    assert result.success
    (event,) = result.filter_events(lambda e: e.event_type is DagsterEventType.HOOK_ERRORED)
    assert event.event_specific_data.error.message == "KeyError: 'hook'\n"


def test_hooks_read_resources():
    """Those that they require."""
    seen = []

    @success_hook(required_resource_keys={"channel"})
    def posts(context):
        seen.append(context.resources.channel)

    run(lambda: [works()].clear(), hooks={posts}, resource_defs={"channel": "#alerts"})
    assert seen == ["#alerts"]


def test_what_cannot_be_a_hook():
    """A function without a context, and an object that is none."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'context'"):
        success_hook(name="none")(lambda: None)
    with pytest.raises(CheckError):
        job(name="j", hooks={3})(lambda: None)
