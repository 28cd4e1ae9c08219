"""Run config: what ops may be configured with, and how mistakes are reported."""

import pytest

from sensors_app import (
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    job,
    op,
    validate_run_config,
)


@op(config_schema={"filename": str})
def process_file(context):
    return context.op_config["filename"]


@job
def log_file_job():
    process_file()


def configured(**config):
    return {"ops": {"process_file": {"config": config}}}


def messages(the_job, run_config):
    with pytest.raises(DagsterInvalidConfigError) as raised:
        validate_run_config(the_job, run_config)
    return [error.message for error in raised.value.errors]


def test_an_op_gets_its_config():
    """``context.op_config`` is the op's part of the run config."""
    result = log_file_job.execute_in_process(run_config=configured(filename="a.txt"))
    assert result.output_for_node("process_file") == "a.txt"


def test_validation_returns_the_config_with_all_its_parts():
    """What comes back is never empty, so it can be asserted."""
    resolved = validate_run_config(log_file_job, configured(filename="a.txt"))
    assert resolved["ops"]["process_file"]["config"] == {"filename": "a.txt"}
    assert resolved.keys() == {"ops", "resources", "execution", "loggers"}


def test_missing_config_is_reported_at_the_outermost_gap():
    """With nothing given, what is missing is ``ops``; the message offers an example."""
    assert messages(log_file_job, {}) == [
        'Missing required config entry "ops" at the root. You must provide this value in your run '
        "config. Example config for the missing entry: "
        "{'ops': {'process_file': {'config': {'filename': '...'}}}}"
    ]


def test_every_mistake_is_reported_at_once():
    """A user sees all that is wrong, each with its path."""

    @op(config_schema={"size": int, "ratio": float, "names": [str], "deep": {"on": bool}})
    def big(context):
        pass

    @job
    def big_job():
        big()

    config = {"size": True, "names": ["a", 1, None], "deep": {"on": "yes"}, "other": 1}
    found = messages(big_job, {"ops": {"big": {"config": config}}})
    assert [message.split(".")[0] for message in found] == [
        'Received unexpected config entry "other" at path root:ops:big:config',
        'Missing required config entry "ratio" at path root:ops:big:config',
        "Invalid scalar at path root:ops:big:config:deep:on",
        "Invalid scalar at path root:ops:big:config:names[1]",
        "Value at path root:ops:big:config:names[2] must not be None",
        "Invalid scalar at path root:ops:big:config:size",
    ]


def test_the_error_is_one_readable_text():
    """The message has a line for the job and one for each mistake."""
    with pytest.raises(DagsterInvalidConfigError) as raised:
        validate_run_config(log_file_job, configured(filename=3))
    assert str(raised.value) == (
        "Error in config for job log_file_job\n"
        "    Error 1: Invalid scalar at path root:ops:process_file:config:filename. "
        'Value "3" of type "<class \'int\'>" is not valid for expected type "String".'
    )


@pytest.mark.parametrize(
    ("kind", "value", "accepted"),
    [
        (int, 1, True),
        (int, 1.0, False),
        (int, True, False),
        (float, 1, True),
        (float, "1", False),
        (str, None, False),
        (bool, 1, False),
        (dict, {"any": [1]}, True),
        (dict, [], False),
        (list, [1, "a"], True),
        (list, (1,), False),
    ],
)
def test_types_are_strict(kind, value, accepted):
    """A bool is no int, 1.0 is no int, None is no str; an int is taken for a float."""

    @op(config_schema={"value": kind})
    def typed(context):
        return context.op_config["value"]

    @job
    def typed_job():
        typed()

    run_config = {"ops": {"typed": {"config": {"value": value}}}}
    if accepted:
        found = typed_job.execute_in_process(run_config).output_for_node("typed")
        assert found == value
        assert isinstance(found, kind)
    else:
        assert len(messages(typed_job, run_config)) == 1


def test_an_op_without_a_schema_takes_any_config():
    """It need not be given, and may be anything."""

    @op
    def free(context):
        return context.op_config

    @job
    def free_job():
        free()

    given = {"ops": {"free": {"config": {"x": [1, None]}}}}
    assert free_job.execute_in_process(given).output_for_node("free") == {"x": [1, None]}
    assert free_job.execute_in_process().output_for_node("free") is None


def test_a_run_with_wrong_config_does_not_begin():
    """The mistake is raised before any op runs."""
    with pytest.raises(DagsterInvalidConfigError):
        log_file_job.execute_in_process(raise_on_error=False)


@pytest.mark.parametrize("schema", [3, "str", object, [], [int, str], {"a": object}, {1: str}])
def test_a_schema_must_be_made_of_types(schema):
    """Anything else is refused when the op is defined."""
    with pytest.raises(DagsterInvalidConfigDefinitionError, match="cannot be resolved"):
        op(name="wrong", config_schema=schema)(lambda: None)
