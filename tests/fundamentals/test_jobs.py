"""Jobs: ops that pass values on, run in this process."""

import pytest

from sensors_app import (
    DagsterEventType,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterRunStatus,
    job,
    op,
)


@op
def one():
    return 1


@op
def add(left, right=10):
    return left + right


def test_values_flow_from_op_to_op():
    """What an op returns is what the op below it gets, by position or by name."""

    @job
    def sums():
        add(one(), right=one())

    assert sums.execute_in_process().output_for_node("add") == 2


def test_an_input_left_out_takes_the_functions_default():
    """A parameter's default is the input's default."""

    @job
    def sums():
        add(one())

    assert sums.execute_in_process().output_for_node("add") == 11


def test_an_op_used_twice_gets_a_number():
    """The second use of ``one`` is ``one_2``."""

    @job
    def twice():
        add(one(), one())

    result = twice.execute_in_process()
    assert result.is_node_success("one")
    assert result.is_node_success("one_2")


def test_a_list_of_outputs_becomes_a_list_of_values():
    """Several outputs fan in to one input."""

    @op
    def total(numbers):
        return sum(numbers)

    @job
    def fan_in():
        total([one(), one(), one()])

    assert fan_in.execute_in_process().output_for_node("total") == 3


def test_names_and_descriptions_default_to_the_functions():
    """Both decorators take the function's name and docstring."""

    @op
    def documented():
        """Does nothing."""

    @job(tags={"team": "data", "level": 3})
    def described():
        """Runs nothing."""
        documented()

    assert (documented.name, documented.description) == ("documented", "Does nothing.")
    assert (described.name, described.description) == ("described", "Runs nothing.")
    assert described.tags == {"team": "data", "level": "3"}


def test_only_a_parameter_named_context_is_a_context():
    """``context``, ``_context`` and ``_`` are a context; ``foo`` is an input."""

    @op
    def with_context(context, foo):
        return context.op_def.name, foo

    @job
    def uses_both():
        with_context(one())

    assert uses_both.execute_in_process().output_for_node("with_context") == ("with_context", 1)


def test_an_op_outside_of_a_job_is_its_function():
    """Called directly, an op computes; None makes a context of its own."""

    @op
    def logs(context, number):
        context.log.info("number %s", number)
        return number

    assert add(1, right=2) == 3
    assert logs(None, 3) == 3


def test_a_failed_op_fails_the_run_but_not_what_does_not_need_it():
    """Dependents of a failed op produce no event at all; independent ops still run."""

    @op
    def fails():
        raise ValueError("boom")

    @job
    def half():
        add(fails())
        one()

    result = half.execute_in_process(raise_on_error=False)
    assert result.dagster_run.status is DagsterRunStatus.FAILURE
    assert result.get_failed_step_keys() == {"fails"}
    assert result.is_node_untouched("add")
    assert result.is_node_success("one")
    message = result.get_run_failure_event().message
    assert message == "Execution of run for \"half\" failed. Steps failed: ['fails']."


def test_the_ops_own_exception_is_raised():
    """By default, what an op raised comes out as it was raised."""
    error = ValueError("boom")

    @op
    def fails():
        raise error

    @job
    def failing():
        fails()

    with pytest.raises(ValueError, match="boom") as raised:
        failing.execute_in_process()
    assert raised.value is error


def test_the_failure_event_carries_the_ops_exception_as_its_cause():
    """The error of a step is ours; the user's exception is its cause."""

    @op
    def fails():
        raise ValueError("boom")

    @job
    def failing():
        fails()

    result = failing.execute_in_process(raise_on_error=False)
    (event,) = result.filter_events(lambda e: e.event_type is DagsterEventType.STEP_FAILURE)
    error = event.event_specific_data.error
    assert error.cls_name == "DagsterExecutionStepExecutionError"
    assert error.cause.message == "ValueError: boom\n"


def test_events_tell_the_whole_story_in_order():
    """Every event of a run is there, oldest first."""

    @job
    def small():
        one()

    kinds = [event.event_type_value for event in small.execute_in_process().all_events]
    assert kinds == [
        "PIPELINE_START",
        "STEP_START",
        "STEP_OUTPUT",
        "STEP_SUCCESS",
        "PIPELINE_SUCCESS",
    ]


def test_an_end_that_did_not_happen_has_no_event():
    """Asking a successful run for its failure is an error."""

    @job
    def small():
        one()

    result = small.execute_in_process()
    assert result.get_job_success_event() == result.get_run_success_event()
    with pytest.raises(Exception, match="No event of type"):
        result.get_run_failure_event()


def test_asking_for_what_is_not_there_names_it():
    """Unknown ops and outputs are named in the error."""

    @job
    def small():
        one()

    result = small.execute_in_process()
    with pytest.raises(DagsterInvariantViolationError, match="small has no op named two"):
        result.output_for_node("two")
    with pytest.raises(DagsterInvariantViolationError, match="one has no output named other"):
        result.output_for_node("one", "other")


def test_a_job_is_run_and_not_called():
    """Calling a job is an error that says what to call instead."""

    @job
    def small():
        one()

    with pytest.raises(DagsterInvariantViolationError, match="execute_in_process"):
        small()


def test_the_body_of_a_job_must_not_return_an_output():
    """A job has no outputs of its own."""
    with pytest.raises(DagsterInvalidDefinitionError, match="Returned a single output"):

        @job
        def returns():
            return one()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (lambda: add(3), "received invalid type <class 'int'> for input \"left\""),
        (lambda: add(one(), one(), one()), "Only 2 defined, received 3"),
        (lambda: add(one(), middle=one()), 'does not have input "middle"'),
        (lambda: add(one(), left=one()), 'has got twice input "left"'),
    ],
)
def test_inputs_must_be_connected_to_outputs(body, problem):
    """A job that cannot run is refused when it is defined."""
    with pytest.raises(DagsterInvalidDefinitionError) as raised:
        job(name="wrong")(body)
    assert problem in str(raised.value)


@pytest.mark.parametrize("name", ["with-dash", "with space", "", "config", "class"])
def test_names_are_letters_digits_and_underscores(name):
    """Other names, and reserved words, are refused."""
    with pytest.raises(DagsterInvalidDefinitionError, match="is not a valid name"):
        op(name=name)(lambda: None)


def test_tags_of_a_run_are_the_jobs_and_the_callers():
    """The caller's tags win."""

    @job(tags={"a": "job", "b": "job"})
    def small():
        one()

    run = small.execute_in_process(tags={"b": "caller"}).dagster_run
    assert run.tags == {"a": "job", "b": "caller"}
