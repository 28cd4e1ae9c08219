"""Resources: what ops share, made for them and ended after them."""

import pytest

from sensors_app import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
    DagsterUnknownResourceError,
    Definitions,
    ResourceDefinition,
    build_resources,
    job,
    op,
    resource,
)


@resource
def credentials():
    return "secret"


@resource(required_resource_keys={"credentials"})
def connection(init_context):
    return f"connection with {init_context.resources.credentials}"


@resource(config_schema={"size": int})
def pool(init_context):
    return init_context.resource_config["size"]


@resource
def breaks():
    raise ValueError("no network")


@op(required_resource_keys={"connection"})
def uses(context):
    return context.resources.connection


@job
def using():
    uses()


def traced(log, name, required=frozenset()):
    """A resource that notes its beginning and its end."""

    @resource(required_resource_keys=required)
    def noted(init_context):
        log.append(f"+{name}")
        yield name
        log.append(f"-{name}")

    return noted


def test_build_resources_makes_them_in_order():
    """What a resource requires is made first."""
    with build_resources({"connection": connection, "credentials": credentials}) as resources:
        assert resources.connection == "connection with secret"


def test_resources_are_ended_in_reverse_order():
    """Even if the body raises; they are not told."""
    log = []
    made = {"a": traced(log, "a", {"b"}), "b": traced(log, "b")}
    with pytest.raises(KeyError, match="body"), build_resources(made):
        raise KeyError("body")
    assert log == ["+b", "+a", "-a", "-b"]


def test_values_are_resources_too():
    """What is no definition is the resource itself."""
    with build_resources({"limit": 5}) as resources:
        assert resources.limit == 5


def test_a_missing_requirement_is_a_key_error():
    """Outside of a job; in a job it is found when the job is defined."""
    with pytest.raises(KeyError, match="credentials"), build_resources({"c": connection}):
        pass


def test_resources_must_not_require_each_other():
    """The circle is named."""
    circle = {"a": traced([], "a", {"b"}), "b": traced([], "b", {"a"})}
    with (
        pytest.raises(DagsterInvariantViolationError, match="a -> b -> a"),
        build_resources(circle),
    ):
        pass


def test_an_error_inside_of_a_resource():
    """It is kept as ``user_exception``."""
    with pytest.raises(DagsterResourceFunctionError) as raised, build_resources({"b": breaks}):
        pass
    assert isinstance(raised.value.user_exception, ValueError)


def test_an_unknown_resource_is_an_attribute_error_too():
    """So ``hasattr`` works."""
    with build_resources({"limit": 5}) as resources:
        assert not hasattr(resources, "other")
        with pytest.raises(DagsterUnknownResourceError, match="Unknown resource `other`"):
            _ = resources.other


def test_resources_take_config():
    """Given when they are made, or settled before."""
    config = {"pool": {"config": {"size": 3}}}
    with build_resources({"pool": pool}, resource_config=config) as resources:
        assert resources.pool == 3
    with build_resources({"pool": pool.configured({"size": 4})}) as resources:
        assert resources.pool == 4
    with pytest.raises(DagsterInvalidConfigError), build_resources({"pool": pool}):
        pass


def test_ops_read_the_resources_that_they_require():
    """Given by the job, for one run, or by the Definitions."""
    given = {"connection": connection, "credentials": credentials}
    assert using.execute_in_process(resources=given).success
    assert using.with_resources(given).execute_in_process().success
    defs = Definitions(jobs=[using], resources=given)
    result = defs.get_job_def("using").execute_in_process(resources={"connection": "other"})
    assert result.output_for_node("uses") == "other"


def test_an_op_reads_nothing_else():
    """Although the resource is there."""

    @op
    def does_not_say(context):
        return context.resources.connection

    small = job(name="j", resource_defs={"connection": "c"})(lambda: [does_not_say()].clear())
    with pytest.raises(DagsterUnknownResourceError):
        small.execute_in_process()


def test_missing_resources_are_found_before_anything_runs():
    """And when the Definitions are used."""
    problem = "resource with key 'connection' required by op 'uses' was not provided"
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        using.execute_in_process()
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        Definitions(jobs=[using]).get_job_def("using")
    with pytest.raises(DagsterInvariantViolationError, match="key 'credentials' required by"):
        using.execute_in_process(resources={"connection": connection})


def test_resources_live_as_long_as_the_run():
    """Made before the first op, ended after the last."""
    log = []

    @op(required_resource_keys={"connection"})
    def notes(context):
        log.append("op")

    small = job(name="j", resource_defs={"connection": traced(log, "c")})(
        lambda: [notes(), notes()].clear()
    )
    small.execute_in_process()
    assert log == ["+c", "op", "op", "-c"]


def test_a_resource_that_cannot_be_made_fails_the_run():
    """No op runs."""
    result = using.execute_in_process(resources={"connection": breaks}, raise_on_error=False)
    assert not result.success
    assert result.is_node_untouched("uses")
    message = result.get_run_failure_event().message
    assert message.endswith("failed. An exception was thrown during execution.")


def test_a_resource_that_cannot_be_ended_fails_nothing(capsys):
    """The work is done; the log tells."""

    @resource
    def clings():
        yield "c"
        raise ValueError("cannot let go")

    assert using.execute_in_process(resources={"connection": clings}).success
    assert "Teardown of resource connection failed" in capsys.readouterr().err


def test_run_config_configures_resources():
    """Under ``resources``; a resource that no op reads needs none."""

    @op(required_resource_keys={"pool"})
    def size(context):
        return context.resources.pool

    small = job(name="j", resource_defs={"pool": pool})(lambda: [size()].clear())
    config = {"resources": {"pool": {"config": {"size": 7}}}}
    assert small.execute_in_process(config).output_for_node("size") == 7
    assert using.execute_in_process(resources={"connection": "c", "pool": pool}).success
    with pytest.raises(DagsterInvalidConfigError, match='"resources" at the root'):
        small.execute_in_process()


def test_resources_can_be_called():
    """As a test of one would."""
    assert credentials() == "secret"
    assert ResourceDefinition.hardcoded_resource(3)() == 3
    with traced([], "a")(None) as made:
        assert made == "a"


def test_a_resources_function_has_one_parameter():
    """The context, and nothing that nobody would give it."""
    with pytest.raises(DagsterInvalidDefinitionError, match="required extra params other"):
        resource(lambda context, other: None)
