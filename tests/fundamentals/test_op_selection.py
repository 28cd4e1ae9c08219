"""Running a part of a job, and a job with a config of its own."""

import pytest

from sensors_app import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    job,
    op,
)


@op
def first():
    return 1


@op
def then(value):
    return value


@op(config_schema={"size": int})
def sized(context):
    return context.op_config["size"]


@job
def chain():
    then.alias("third")(then(first()))


@pytest.mark.parametrize(
    ("selection", "ran"),
    [
        (["first"], {"first"}),
        (["first*"], {"first", "then", "third"}),
        (["first+"], {"first", "then"}),
        (["*third"], {"first", "then", "third"}),
        (["+then"], {"first", "then"}),
        (["first", "then"], {"first", "then"}),
        ([], {"first", "then", "third"}),
    ],
)
def test_clauses(selection, ran):
    """A name, and a star or plusses for what comes before or after it."""
    result = chain.execute_in_process(op_selection=selection)
    assert {event.step_key for event in result.all_events if event.step_key} == ran


def test_what_is_not_selected_is_not_there():
    """Its outputs neither."""
    result = chain.execute_in_process(op_selection=["first"])
    with pytest.raises(DagsterInvariantViolationError, match="has no op named then"):
        result.output_for_node("then")


def test_unknown_names_are_refused():
    """The message lists what there is."""
    with pytest.raises(DagsterInvalidSubsetError, match="No qualified ops to execute found"):
        chain.execute_in_process(op_selection=["other"])


def test_an_op_cut_off_from_its_input_needs_it_by_config():
    """As any op does that no other op feeds."""
    with pytest.raises(DagsterInvalidConfigError, match="'<selector>'"):
        chain.execute_in_process(op_selection=["then"])
    config = {"ops": {"then": {"inputs": {"value": {"value": 5}}}}}
    result = chain.execute_in_process(config, op_selection=["then"])
    assert result.output_for_node("then") == 5


def test_config_of_what_is_not_selected_is_left_alone():
    """The whole job's config serves for its parts."""

    @job
    def both():
        sized()
        first()

    config = {"ops": {"sized": {"config": {"size": 1}}}}
    assert both.execute_in_process(config, op_selection=["first"]).success
    assert both.execute_in_process(op_selection=["first"]).success


def test_a_job_may_have_a_config_of_its_own():
    """It is that of runs that are given none."""

    @job(config={"ops": {"sized": {"config": {"size": 1}}}})
    def configured():
        sized()

    assert configured.execute_in_process().output_for_node("sized") == 1
    other = {"ops": {"sized": {"config": {"size": 2}}}}
    assert configured.execute_in_process(other).output_for_node("sized") == 2


def test_an_alias_is_unique():
    """Two uses cannot have one name."""
    with pytest.raises(DagsterInvalidDefinitionError, match=r"\(mine\) twice without aliasing"):
        job(name="j")(lambda: [first.alias("mine")(), first.alias("mine")()].clear())


def test_an_alias_outside_of_a_job_is_the_op():
    """Called directly, it computes."""
    assert first.alias("mine").tag({"a": 1})() == 1
