"""Inputs and outputs of ops: several of them, some optional, and of which type."""

import pytest

from sensors_app import (
    AssetMaterialization,
    DagsterEventType,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
    In,
    Nothing,
    Out,
    Output,
    job,
    op,
)


@op
def echo(value):
    return value


def run(function, *, into=echo, **arguments):
    """Run one op, then ``into`` with its output."""

    @job
    def small():
        into(op(name="first", **arguments)(function)())

    return small.execute_in_process(raise_on_error=False)


def raised_by(function, **arguments):
    """What running the op raises."""
    with pytest.raises(Exception) as raised:  # noqa: PT011
        job(name="small")(
            lambda: [op(name="first", **arguments)(function)()].clear()
        ).execute_in_process()
    return raised.value


def test_a_generator_yields_outputs():
    """Other values must be wrapped in Output."""

    def yields():
        yield Output(3)

    assert run(yields).output_for_node("echo") == 3
    error = raised_by(lambda: (each for each in [3]))
    assert isinstance(error, DagsterInvariantViolationError)
    assert "rather than an instance of Output" in str(error)


def test_an_op_can_have_several_outputs():
    """Returned as a tuple, or yielded by name; each goes its own way."""

    @op(out={"low": Out(), "high": Out()})
    def bounds():
        return 1, 2

    @job
    def both():
        low, high = bounds()
        echo(high)
        echo(low)

    result = both.execute_in_process()
    assert result.output_for_node("echo") == 2
    assert result.output_for_node("echo_2") == 1
    assert result.output_for_node("bounds", "low") == 1


def test_several_outputs_are_passed_on_one_by_one():
    """The message lists them."""
    two = op(name="two", out={"low": Out(), "high": Out()})(lambda: (1, 2))
    with pytest.raises(DagsterInvalidDefinitionError, match=r"\('low', 'high'\)"):
        job(name="j")(lambda: [echo(two())].clear())


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (1, "multiple outputs, but only one output was returned"),
        ([1, 2], "multiple outputs, but only one output was returned"),
        ((1,), "Length mismatch"),
        ((Output(1, "b"), Output(2, "a")), "explicitly named 'b'"),
    ],
)
def test_several_outputs_need_several_values(value, problem):
    """In the order in which they were declared."""
    error = raised_by(lambda: value, out={"a": Out(), "b": Out()})
    assert isinstance(error, DagsterInvariantViolationError)
    assert problem in str(error)


def test_an_optional_output_not_yielded_skips_what_needs_it():
    """The op above succeeded; the op below is skipped, and the run succeeds."""

    def yields_nothing():
        yield from ()

    result = run(yields_nothing, out=Out(is_required=False))
    assert result.success
    assert result.is_node_success("first")
    assert result.is_node_skipped("echo")
    assert not result.is_node_untouched("echo")


@op(out=Out(is_required=False))
def maybe(context):
    if context.op_config:
        yield Output(context.op_config)


@op
def count(values):
    return len(values)


def test_a_list_leaves_out_what_was_not_yielded():
    """With nothing left of it, the op is skipped."""

    @job
    def fan_in():
        count([maybe(), maybe()])

    result = fan_in.execute_in_process({"ops": {"maybe": {"config": 1}}})
    assert result.output_for_node("count") == 1
    assert fan_in.execute_in_process().is_node_skipped("count")


def test_an_op_is_skipped_even_if_another_of_its_sources_failed():
    """A source that failed alone leaves it untouched."""

    @op
    def fails():
        raise ValueError

    @op
    def both(left, right):
        pass

    @job
    def mixed():
        both(maybe(), fails())
        count([fails()])

    result = mixed.execute_in_process(raise_on_error=False)
    assert result.is_node_skipped("both")
    assert result.is_node_untouched("count")


def test_a_default_must_be_of_its_type():
    """It is checked when the op is defined."""

    def wrong(value: int = "text"):
        pass

    with pytest.raises(DagsterInvalidDefinitionError, match="Type check failed for the default"):
        op(wrong)


def test_a_required_output_must_be_yielded_once():
    """Neither not at all nor twice, nor under another name."""

    def yields(*names):
        return lambda: (Output(1, name) for name in names)

    assert isinstance(raised_by(yields()), DagsterStepOutputNotFoundError)
    assert "multiple times" in str(raised_by(yields("result", "result")))
    assert "does not exist" in str(raised_by(yields("other")))


def test_annotations_are_checked():
    """What an op returns is what it says it returns."""

    def says_int() -> int:
        return "text"

    error = raised_by(says_int)
    assert isinstance(error, DagsterTypeCheckDidNotPass)
    assert str(error) == (
        'Type check failed for step output "result" - expected type "Int". '
        'Description: Value "text" of python type "str" must be a int.'
    )


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (int, True, 1.0),
        (float, 1.0, 1),
        (str, "", None),
        (list[int], [1], ["a"]),
        (dict[str, int], {"a": 1}, {"a": "b"}),
        (tuple[int, str], (1, "a"), (1, 2)),
        (int | None, None, "a"),
        (int | str, "a", 1.0),
        (set[int], {1}, [1]),
        (Nothing, None, 1),
        (ValueError, ValueError(), TypeError()),
    ],
)
def test_types_of_outputs(kind, good, bad):
    """Containers are checked member by member."""
    assert run(lambda: good, out=Out(kind)).success
    assert isinstance(raised_by(lambda: bad, out=Out(kind)), DagsterTypeCheckDidNotPass)


def test_types_of_inputs():
    """The op above succeeded; the one that cannot take its value fails."""

    @op(ins={"value": In(int)})
    def takes_int(value):
        return value

    result = run(lambda: "text", into=takes_int)
    assert result.get_failed_step_keys() == {"takes_int"}


def test_nothing_only_orders():
    """An input of type Nothing has no parameter."""

    @op(ins={"after": In(Nothing)})
    def later():
        return "ran"

    assert run(lambda: 1, into=later).output_for_node("later") == "ran"


def test_inputs_that_no_op_feeds_come_from_config():
    """A scalar alone, anything else as ``value``."""

    @op
    def adds(left: int, right=10):
        return left + right

    @job
    def alone():
        adds()

    run_config = {"ops": {"adds": {"inputs": {"left": 1, "right": {"value": 2}}}}}
    assert alone.execute_in_process(run_config).output_for_node("adds") == 3
    del run_config["ops"]["adds"]["inputs"]["right"]
    assert alone.execute_in_process(run_config).output_for_node("adds") == 11


def test_async_ops_are_awaited():
    """A coroutine's value is the op's."""

    async def answers():
        return 4

    async def streams():
        yield Output(5)

    assert run(answers).output_for_node("echo") == 4
    assert run(streams).output_for_node("echo") == 5


def test_an_op_reports_what_it_brought_about():
    """By yielding it, or by logging it."""

    @op
    def makes(context):
        context.log_event(AssetMaterialization(["a", "b"], metadata={"rows": 3}))
        yield AssetMaterialization("c", description="made c")
        yield Output(1)

    @job
    def making():
        makes()

    events = making.execute_in_process().filter_events(
        lambda event: event.event_type is DagsterEventType.ASSET_MATERIALIZATION
    )
    assert [event.asset_key.path for event in events] == [["a", "b"], ["c"]]
    assert [event.message for event in events] == ["Materialized value a b.", "made c"]
