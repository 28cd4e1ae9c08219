"""Config and resources as classes."""

import enum

import pytest

from sensors_app import (
    Config,
    ConfigurableResource,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    EnvVar,
    PermissiveConfig,
    RunConfig,
    RunRequest,
    SkipReason,
    build_resources,
    build_sensor_context,
    job,
    op,
    sensor,
    validate_run_config,
)


class FileConfig(Config):
    filename: str
    lines: int = 3
    encoding: str | None = None


class Client(ConfigurableResource):
    url: str
    port: int = 80

    def address(self):
        return f"{self.url}:{self.port}"


@op
def reads(config: FileConfig):
    return config


@op
def calls(client: Client):
    return client.address()


@job
def reading():
    reads()


@job
def calling():
    calls()


def given(**config):
    return {"ops": {"reads": {"config": config}}}


def test_an_op_gets_its_config_as_an_object():
    """Fields with defaults may be left out."""
    result = reading.execute_in_process(given(filename="a.txt"))
    assert result.output_for_node("reads") == FileConfig(filename="a.txt", lines=3)


def test_mistakes_are_reported_as_for_any_schema():
    """All at once, with their paths, before the run begins."""
    with pytest.raises(DagsterInvalidConfigError) as raised:
        reading.execute_in_process(given(filename=1, other=2))
    assert [error.path for error in raised.value.errors] == [
        "root:ops:reads:config",
        "root:ops:reads:config:filename",
    ]


def test_a_run_config_takes_objects():
    """Wherever a dict is taken: for a run, a check or a run request."""
    run_config = RunConfig(ops={"reads": FileConfig(filename="a.txt", lines=5)})
    result = reading.execute_in_process(run_config)
    assert result.output_for_node("reads").lines == 5
    assert validate_run_config(reading, run_config)["ops"]["reads"]["config"]["lines"] == 5
    assert RunRequest(run_config=run_config).run_config["ops"] == {
        "reads": {"config": {"filename": "a.txt", "lines": 5}}
    }


def test_an_op_can_be_called_with_its_config():
    """By position or by name."""
    config = FileConfig(filename="a.txt")
    assert reads(config) is reads(config=config) is config


def test_config_cannot_be_changed():
    """Neither can a resource's."""
    with pytest.raises(DagsterInvalidInvocationError, match="does not support item assignment"):
        FileConfig(filename="a").lines = 4
    with pytest.raises(DagsterInvalidInvocationError, match="does not support item assignment"):
        Client(url="u").port = 4


def test_config_can_be_composed():
    """Of other configs, lists, words and dicts."""

    class Level(enum.Enum):
        LOW = 1
        HIGH = 2

    class Whole(Config):
        files: list[FileConfig]
        first: FileConfig
        level: Level = Level.LOW
        labels: dict[str, str] = {}  # noqa: RUF012 -- pydantic copies it
        verbose: bool = False

    @op
    def composed(config: Whole):
        return config

    @job
    def composing():
        composed()

    config = {"files": [{"filename": "a"}], "first": {"filename": "b"}, "level": "HIGH"}
    run_config = {"ops": {"composed": {"config": config}}}
    found = composing.execute_in_process(run_config).output_for_node("composed")
    assert found.files == [FileConfig(filename="a")]
    assert found.level is Level.HIGH
    assert found.labels == {}
    again = RunConfig(ops={"composed": found})
    assert composing.execute_in_process(again).output_for_node("composed") == found


def test_permissive_config_keeps_other_entries():
    """As attributes."""

    class Open(PermissiveConfig):
        known: int = 1

    @op
    def open_op(config: Open):
        return config.known, config.other

    @job
    def open_job():
        open_op()

    run_config = {"ops": {"open_op": {"config": {"other": "x"}}}}
    assert open_job.execute_in_process(run_config).output_for_node("open_op") == (1, "x")


def test_values_may_come_from_the_environment(monkeypatch):
    """They are read when the run begins; a variable that is not set is named."""
    monkeypatch.setenv("SENSORS_TEST_NAME", "from the environment")
    in_dict = given(filename={"env": "SENSORS_TEST_NAME"})
    as_object = RunConfig(ops={"reads": FileConfig(filename=EnvVar("SENSORS_TEST_NAME"))})
    for run_config in (in_dict, as_object):
        found = reading.execute_in_process(run_config).output_for_node("reads")
        assert found.filename == "from the environment"
    monkeypatch.delenv("SENSORS_TEST_NAME")
    with pytest.raises(DagsterInvalidConfigError, match='"SENSORS_TEST_NAME" which is not set'):
        reading.execute_in_process(in_dict)


def test_an_environment_variable_is_not_its_value(monkeypatch):
    """Printing it by mistake is an error; asking for the value is not."""
    monkeypatch.setenv("SENSORS_TEST_PORT", "81")
    variable = EnvVar("SENSORS_TEST_PORT")
    assert variable.get_value() == "81"
    assert EnvVar("SENSORS_TEST_OTHER").get_value("default") == "default"
    assert EnvVar.int("SENSORS_TEST_PORT").get_value() == 81
    with pytest.raises(RuntimeError, match="get_value"):
        str(variable)


def test_an_op_gets_a_resource_as_a_parameter():
    """Named as the resource, and required by the op."""
    result = calling.execute_in_process(resources={"client": Client(url="here")})
    assert result.output_for_node("calls") == "here:80"
    assert calls(Client(url="there")) == "there:80"
    with pytest.raises(DagsterInvalidDefinitionError, match="'client' required by op 'calls'"):
        calling.execute_in_process()


def test_a_resources_fields_are_its_config():
    """A run's config takes their place, or gives them in the first place."""
    over = {"resources": {"client": {"config": {"url": "over"}}}}
    for made in (Client(url="here", port=1), Client.configure_at_launch()):
        result = calling.execute_in_process(over, resources={"client": made})
        assert result.output_for_node("calls").startswith("over:")


def test_a_resources_variable_is_read_when_it_is_made(monkeypatch):
    """It need not be set where the resource is defined."""
    client = Client(url=EnvVar("SENSORS_TEST_URL"), port=EnvVar.int("SENSORS_TEST_PORT"))
    bound = calling.with_resources({"client": client})
    with pytest.raises(DagsterInvalidConfigError, match="SENSORS_TEST_PORT"):
        bound.execute_in_process()
    monkeypatch.setenv("SENSORS_TEST_URL", "late")
    monkeypatch.setenv("SENSORS_TEST_PORT", "7")
    assert bound.execute_in_process().output_for_node("calls") == "late:7"


def test_resources_are_set_up_and_torn_down():
    """The inner ones first, and last."""
    log = []

    class Noted(ConfigurableResource):
        name: str

        def setup_for_execution(self, context):
            log.append(f"+{self.name}")

        def teardown_after_execution(self, context):
            log.append(f"-{self.name}")

    class Outer(Noted):
        inner: Noted

    outer = Outer(name="outer", inner=Noted(name="inner"))
    with build_resources({"outer": outer}) as resources:
        assert resources.outer.inner.name == "inner"
        log.append("used")
    assert log == ["+inner", "+outer", "used", "-outer", "-inner"]


def test_a_sensor_gets_a_resource_as_a_parameter():
    """From its context, or given by name."""

    @sensor()
    def watches(context, client: Client):
        return SkipReason(client.address())

    assert watches.required_resource_keys == {"client"}
    context = build_sensor_context(resources={"client": Client(url="here")})
    assert watches.evaluate_tick(context).skip_message == "here:80"
    assert watches(context).skip_message == "here:80"
    given = watches(build_sensor_context(), client=Client(url="there"))
    assert given.skip_message == "there:80"
    with pytest.raises(DagsterInvalidDefinitionError, match="'client' required by sensor"):
        watches.evaluate_tick(build_sensor_context())
