"""Facts 34 to 43: jobs, config, hooks, definitions, asset sensors and resources."""

import pytest


def test_fact_34_event_types(api):
    kinds = api.DagsterEventType
    assert kinds.RUN_SUCCESS.value == "PIPELINE_SUCCESS"
    assert kinds.PIPELINE_FAILURE is kinds.RUN_FAILURE


def test_fact_35_errors(api, failing, refusal):
    assert refusal(failing.execute_in_process)[0] == "ValueError"

    @api.op(retry_policy=api.RetryPolicy(max_retries=1))
    def always():
        raise ValueError("x")

    name, _, message = refusal(api.job(name="j")(lambda: [always()].clear()).execute_in_process)
    assert name == "DagsterMaxRetriesExceededError"
    assert message.startswith("Exceeded max_retries of 1")


def test_fact_36_dependents(api, works, boom):
    echo = api.op(name="echo")(lambda value: value)

    @api.op(out=api.Out(is_required=False))
    def nothing():
        yield from ()

    @api.job
    def j():
        echo(boom())
        echo.alias("skipped")(nothing())
        works()

    result = j.execute_in_process(raise_on_error=False)
    assert result.is_node_untouched("echo")
    assert result.is_node_success("works")
    kinds = [each.event_type_value for each in result.events_for_node("skipped")]
    assert kinds == ["STEP_SKIPPED"]


def test_fact_37_bodies(api, works, target, refusal):
    name, _, message = refusal(lambda: api.job(name="j")(lambda: works()))
    assert name == "DagsterInvalidDefinitionError"
    assert message.startswith("Returned a single output (works.result) in @job 'j'")
    assert refusal(target)[0] == "DagsterInvariantViolationError"
    twice = api.job(name="j")(lambda: [works(), works()].clear()).execute_in_process()
    assert twice.is_node_success("works_2")


@pytest.fixture(scope="session")
def configured(api):
    @api.op(config_schema={"a": int, "b": float, "c": str, "d": [str], "e": {"f": bool}})
    def big(context):
        return context.op_config

    @api.job
    def j():
        big()

    return j


GOOD = {"a": 1, "b": 1, "c": "x", "d": [], "e": {"f": True}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"a": True},
        {"a": 1.0},
        {"b": "1"},
        {"c": None},
        {"c": 1, "a": "x", "zz": 1},
        {"zz": 1, "yy": 2},
        {"d": ["x", 1, None]},
        {"d": "x"},
        {"e": {}},
        {"e": 3},
        {"e": None},
    ],
)
def test_fact_38_config_errors(api, configured, change):
    """Every message is Dagster's, but for a full stop of which it is not sure itself."""
    config = {**GOOD, **change}
    run_config = {"ops": {"big": {"config": config}}}
    if not change:
        found = api.validate_run_config(configured, run_config)["ops"]["big"]["config"]
        assert found == {**GOOD, "b": 1.0}
        assert isinstance(found["b"], float)
        return
    with pytest.raises(api.DagsterInvalidConfigError) as raised:
        api.validate_run_config(configured, run_config)
    found = [each.message.replace('."', '".').rstrip(".") for each in raised.value.errors]
    assert found == EXPECTED[str(sorted(change.items(), key=str))]


WHERE = "at path root:ops:big:config"
WHOLE = "{ a: Int b: Float c: String d: [String] e: { f: Bool } }"


def scalar(path, value, expected):
    kind = type(value)
    return (
        f'Invalid scalar {WHERE}:{path}. Value "{value}" of type "{kind}" '
        f'is not valid for expected type "{expected}"'
    )


EXPECTED = {
    str(sorted(change.items(), key=str)): messages
    for change, messages in [
        ({"a": True}, [scalar("a", True, "Int")]),
        ({"a": 1.0}, [scalar("a", 1.0, "Int")]),
        ({"b": "1"}, [scalar("b", "1", "Float")]),
        ({"c": None}, [f'Value {WHERE}:c must not be None. Expected "String"']),
        (
            {"c": 1, "a": "x", "zz": 1},
            [
                f'Received unexpected config entry "zz" {WHERE}. Expected: "{WHOLE}"',
                scalar("a", "x", "Int"),
                scalar("c", 1, "String"),
            ],
        ),
        (
            {"zz": 1, "yy": 2},
            [
                f"Received unexpected config entries \"['yy', 'zz']\" {WHERE}. "
                "Expected: \"['a', 'b', 'c', 'd', 'e']\""
            ],
        ),
        (
            {"d": ["x", 1, None]},
            [
                scalar("d[1]", 1, "String"),
                f'Value {WHERE}:d[2] must not be None. Expected "String"',
            ],
        ),
        ({"d": "x"}, [f'Value {WHERE}:d must be list. Expected: "[String]"']),
        (
            {"e": {}},
            [
                f'Missing required config entry "f" {WHERE}:e. You must provide this value in '
                "your run config. Example config for the missing entry: {'f': True}"
            ],
        ),
        ({"e": 3}, [f'Value {WHERE}:e must be dict. Expected: "{{ f: Bool }}"']),
        ({"e": None}, [f'Value {WHERE}:e must not be None. Expected "{{ f: Bool }}"']),
    ]
}


def test_fact_38_everything_missing(api, configured, refusal):
    message = refusal(lambda: api.validate_run_config(configured, {}))[2]
    assert 'Missing required config entry "ops" at the root' in message
    assert "{'ops': {'big': {'config': {'a': 0, 'b': 0.0, 'c': '...', 'd': []" in message


def test_fact_39_resolved_config(api, target):
    assert api.validate_run_config(target).keys() == {"ops", "resources", "execution", "loggers"}


def test_fact_40_hooks(api, works):
    @api.success_hook
    def raises(context):
        raise KeyError("hook")

    @api.failure_hook
    def other(context):
        pass

    made = api.job(name="j", hooks={raises, other})(lambda: [works()].clear())
    result = made.execute_in_process()
    kinds = {each.event_type_value for each in result.all_events}
    assert result.success
    assert {"HOOK_ERRORED", "HOOK_SKIPPED"} <= kinds


def test_fact_41_definitions(api, works, refusal):
    def make(name):
        return api.job(name=name)(lambda: [works()].clear())

    one, two = make("j1"), make("j2")
    assert refusal(lambda: api.Definitions(jobs=[3]))[0] == "CheckError"
    duplicates = api.Definitions(jobs=[make("j"), make("j")])
    name, _, message = refusal(lambda: duplicates.get_job_def("j"))
    assert (name, message) == (
        "DagsterInvalidDefinitionError",
        "Duplicate job definition found for job 'j'",
    )
    assert api.Definitions(jobs=[one, one]).get_job_def("j1").name == "j1"
    watcher = api.sensor(name="s", job=two)(lambda: None)
    defs = api.Definitions(jobs=[one], sensors=[watcher])
    assert defs.get_job_def("j2").name == "j2"
    name, _, message = refusal(lambda: defs.get_job_def("zz"))
    assert (name, message) == (
        "DagsterInvariantViolationError",
        "Could not find job 'zz'. Found: 'j1', 'j2'.",
    )
    lost = api.Definitions(sensors=[api.sensor(name="s", job_name="nope")(lambda: None)])
    name, _, message = refusal(lambda: api.Definitions.validate_loadable(lost))
    assert name == "DagsterInvalidDefinitionError"
    assert message == (
        'SensorDefinition "s" targets job "nope" which was not found in this repository.'
    )


def test_fact_43_resources(api, refusal):
    @api.resource(required_resource_keys={"a"})
    def needs(init_context):
        return init_context.resources.a

    @api.resource
    def breaks():
        raise ValueError("x")

    def build(resources):
        with api.build_resources(resources) as built:
            return built

    assert build({"a": 1, "b": needs}).b == 1
    assert refusal(lambda: build({"b": needs}))[0] == "KeyError"
    with pytest.raises(api.DagsterResourceFunctionError) as raised:
        build({"b": breaks})
    assert isinstance(raised.value.user_exception, ValueError)


def test_assets(api):
    @api.asset
    def raw():
        return 1

    @api.asset
    def total(raw):
        return raw + 1

    result = api.materialize([raw, total])
    assert result.asset_value("total") == 2
    keys = [
        each.asset_key.path
        for each in result.all_events
        if each.event_type_value == "ASSET_MATERIALIZATION"
    ]
    assert keys == [["raw"], ["total"]]
    chosen = api.define_asset_job("chosen", "*total")
    defs = api.Definitions(assets=[raw, total], jobs=[chosen])
    assert defs.get_job_def("chosen").execute_in_process().success
