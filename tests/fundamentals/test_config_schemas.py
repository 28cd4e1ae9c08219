"""Config schemas: entries that may be left out, and the composed kinds of value."""

import pytest

from sensors_app import (
    CheckError,
    DagsterInvalidConfigError,
    Enum,
    EnumValue,
    Field,
    Noneable,
    Permissive,
    Selector,
    job,
    op,
)

LEFT_OUT = object()


def resolve(schema, value=LEFT_OUT):
    """What an op with this schema gets as its config."""

    @op(config_schema=schema)
    def configured(context):
        return context.op_config

    @job
    def configured_job():
        configured()

    run_config = {} if value is LEFT_OUT else {"ops": {"configured": {"config": value}}}
    return configured_job.execute_in_process(run_config).output_for_node("configured")


def problem(schema, value):
    """What is said of a value that does not fit, without its place."""
    with pytest.raises(DagsterInvalidConfigError) as raised:
        resolve(schema, value)
    (error,) = raised.value.errors
    return error.message


def test_an_entry_with_a_default_may_be_left_out():
    """So may one that is not required, which is then not there at all."""
    schema = {"size": Field(int, default_value=3), "name": Field(str, is_required=False)}
    assert resolve(schema) == {"size": 3}
    assert resolve(schema, {"size": 4, "name": "a"}) == {"size": 4, "name": "a"}


def test_defaults_of_defaults_fill_in():
    """A dict in which nothing is required need not be given either."""
    assert resolve({"deep": {"size": Field(int, default_value=3)}}) == {"deep": {"size": 3}}


def test_none_is_a_value_of_noneable_only():
    """Left out, it is None."""
    assert resolve({"size": Noneable(int)}) == {"size": None}
    assert resolve({"size": Noneable(int)}, {"size": 1}) == {"size": 1}
    assert 'expected type "Int"' in problem({"size": Noneable(int)}, {"size": "x"})


def test_a_permissive_dict_takes_other_entries():
    """Those it knows are still checked."""
    assert resolve(Permissive({"a": int}), {"a": 1, "b": 2}) == {"a": 1, "b": 2}
    assert "Missing required" in problem(Permissive({"a": int}), {"b": 2})


def test_a_selector_takes_exactly_one_entry():
    """One of those it knows."""
    schema = Selector({"a": int, "b": str})
    assert resolve(schema, {"b": "x"}) == {"b": "x"}
    assert "only specify a single field" in problem(schema, {"a": 1, "b": "x"})
    assert "Must specify a field" in problem(schema, {})
    assert "must be a dict" in problem(schema, 3)
    assert 'unexpected config entry "c"' in problem(schema, {"c": 1})


def test_an_enum_takes_one_of_its_words():
    """User code gets what the word stands for."""
    schema = Enum("Level", [EnumValue("LOW", 1), EnumValue("HIGH")])
    assert resolve(schema, "LOW") == 1
    assert resolve(schema, "HIGH") == "HIGH"
    assert "not in enum type Level got MIDDLE" in problem(schema, "MIDDLE")
    assert "must be a string" in problem(schema, 3)


def test_lists_of_dicts_are_checked_member_by_member():
    """The path says which."""
    assert "root:ops:configured:config:all[1]:a" in problem(
        {"all": [{"a": int}]}, {"all": [{"a": 1}, {"a": "x"}]}
    )


def test_a_field_tells_what_it_is():
    """Whether it is required, and its default."""
    assert Field(int).is_required
    assert not Field(Noneable(int)).is_required
    assert Field(int, default_value=3, description="size").default_value == 3
    with pytest.raises(CheckError, match="none was provided"):
        _ = Field(int).default_value


def test_a_default_must_fit():
    """It must be of the type, and of something that may be left out."""
    with pytest.raises(DagsterInvalidConfigError, match="Invalid default_value for Field"):
        Field(int, default_value="x")
    with pytest.raises(CheckError, match="should not specify default values"):
        Field(int, default_value=1, is_required=True)
