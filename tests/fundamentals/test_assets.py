"""Assets: functions whose result is a thing with a key."""

import pytest

from sensors_app import (
    AssetKey,
    AssetSelection,
    CheckError,
    DagsterEventType,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterRun,
    Definitions,
    Output,
    RunRequest,
    SkipReason,
    asset,
    build_sensor_context,
    define_asset_job,
    job,
    materialize,
    op,
    sensor,
)


@asset
def raw():
    """Everything."""
    return [1, 2, 3]


@asset
def total(raw):
    return sum(raw)


@asset(deps=[total], group_name="reports")
def report(context):
    return "written"


@asset(key=["warehouse", "orders"], group_name="reports")
def orders():
    yield Output(9, metadata={"rows": 9})


EVERYTHING = [raw, total, report, orders]


def ran(selection, assets=EVERYTHING):
    """The ops that a job of this selection runs."""
    defs = Definitions(assets=assets, jobs=[define_asset_job("chosen", selection)])
    result = defs.get_job_def("chosen").execute_in_process()
    return {event.step_key for event in result.all_events if event.step_key}


def test_an_asset_gets_the_values_of_the_assets_that_it_names():
    """By its parameters; ``deps`` only order."""
    result = materialize(EVERYTHING)
    assert result.asset_value("total") == 6
    assert result.asset_value(AssetKey(["warehouse", "orders"])) == 9
    assert result.output_for_node("report") == "written"


def test_an_asset_may_wait_for_one_from_elsewhere():
    """Whose value it does not get: there is nothing to load then."""
    assert materialize([report]).output_for_node("report") == "written"


def test_each_asset_leaves_a_materialization():
    """After its output, with its metadata."""
    result = materialize([orders])
    (event,) = result.filter_events(
        lambda event: event.event_type is DagsterEventType.ASSET_MATERIALIZATION
    )
    assert event.asset_key == AssetKey(["warehouse", "orders"])
    assert event.message == "Materialized value warehouse orders."
    assert event.event_specific_data.materialization.metadata == {"rows": 9}


def test_an_asset_not_brought_about_has_no_value():
    """The error names it."""
    with pytest.raises(CheckError, match="raw"):
        materialize([orders]).asset_value("raw")


def test_an_assets_key_and_op():
    """The key's parts make the name of the op."""
    assert raw.key == AssetKey("raw")
    assert raw.description == "Everything."
    assert orders.op.name == "warehouse__orders"
    assert asset(name="n", key_prefix=["a", "b"])(lambda: 1).key.path == ["a", "b", "n"]


def test_an_asset_can_be_called():
    """With the values that it needs."""
    assert total([1, 1]) == 2


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("*", {"raw", "total", "report", "warehouse__orders"}),
        (None, {"raw", "total", "report", "warehouse__orders"}),
        ("raw", {"raw"}),
        ("key:raw", {"raw"}),
        ("warehouse/orders", {"warehouse__orders"}),
        ("group:reports", {"report", "warehouse__orders"}),
        ("*total", {"raw", "total"}),
        ("raw*", {"raw", "total", "report"}),
        ("raw+", {"raw", "total"}),
        (["raw", total], {"raw", "total"}),
        (AssetKey("raw"), {"raw"}),
        (AssetSelection.all() - AssetSelection.groups("reports"), {"raw", "total"}),
        (AssetSelection.assets("raw") | AssetSelection.assets(total), {"raw", "total"}),
        (AssetSelection.all() & AssetSelection.keys("raw"), {"raw"}),
        (AssetSelection.assets("total").upstream(), {"raw", "total"}),
        (AssetSelection.assets("raw").downstream(depth=1), {"raw", "total"}),
    ],
)
def test_selections(selection, expected):
    """By key, group and neighbourhood; keys, assets and lists will do."""
    assert ran(selection) == expected


def test_an_asset_cut_off_from_its_source_needs_its_value_by_config():
    """There is no store of values to load it from."""
    defs = Definitions(assets=EVERYTHING, jobs=[define_asset_job("one", "total")])
    one = defs.get_job_def("one")
    with pytest.raises(DagsterInvalidConfigError, match="'raw'"):
        one.execute_in_process()
    config = {"ops": {"total": {"inputs": {"raw": {"value": [5]}}}}}
    assert one.execute_in_process(config).asset_value("total") == 5


def test_an_asset_job_is_a_sensors_target():
    """It comes along with the sensor, and is resolved by the Definitions."""
    asset_job = define_asset_job("asset_job", "*")

    @sensor(job=asset_job)
    def materializes_asset_sensor():
        yield RunRequest("key")

    defs = Definitions(assets=[raw, total], sensors=[materializes_asset_sensor])
    assert materializes_asset_sensor.job_name == "asset_job"
    data = materializes_asset_sensor.evaluate_tick(build_sensor_context())
    assert data.run_requests[0].run_key == "key"
    assert defs.get_job_def("asset_job").execute_in_process().success


@pytest.mark.parametrize("word", ["asset_selection", "target"])
def test_a_sensor_can_request_assets_without_a_job(word):
    """A job of the selected assets is made for it, and comes along with it."""
    made = sensor(name="s", **{word: ["raw", total]})(lambda: RunRequest("key"))
    (request,) = made.evaluate_tick(build_sensor_context()).run_requests
    assert request.tags == {"dagster/sensor_name": "s"}
    assert made.job_name == "__anonymous_asset_job_s"
    defs = Definitions(assets=EVERYTHING, sensors=[made])
    result = defs.get_job_def(made.job_name).execute_in_process()
    assert (result.asset_value("total"), result.is_node_untouched("report")) == (6, True)


def test_a_sensors_target_may_be_a_job():
    """One word for both."""
    asset_job = define_asset_job("asset_job")
    assert sensor(name="s", target=asset_job)(lambda: None).job is asset_job
    assert sensor(name="s", target=asset_job)(lambda: None).asset_selection is None


def test_a_run_request_can_ask_for_a_part_of_a_jobs_assets():
    """The run carries which, as a tag."""
    made = sensor(name="s", job=define_asset_job("asset_job"))(
        lambda: RunRequest(asset_selection=[AssetKey("raw"), orders.key])
    )
    (request,) = made.evaluate_tick(build_sensor_context()).run_requests
    assert request.asset_selection == [AssetKey("raw"), orders.key]
    run = DagsterRun("asset_job", tags=request.tags)
    assert run.asset_selection == [AssetKey("raw"), orders.key]
    assert DagsterRun("asset_job").asset_selection is None


def test_a_part_of_a_jobs_assets_can_be_run():
    """What is not selected is left out, with its config."""
    defs = Definitions(assets=EVERYTHING, jobs=[define_asset_job("everything")])
    everything = defs.get_job_def("everything")
    config = {"ops": {"orders": {}}}
    keys = [AssetKey("raw"), AssetKey("total")]
    result = everything.execute_in_process(config, asset_selection=keys)
    assert result.asset_value("total") == 6
    assert result.is_node_untouched("report")
    with pytest.raises(DagsterInvalidSubsetError, match=r"\['other'\] were selected"):
        everything.execute_in_process(asset_selection=[AssetKey("other")])


def test_jobs_of_ops_and_of_assets_live_side_by_side():
    """Their names are unique all the same."""

    @op
    def works():
        pass

    @job
    def plain():
        works()

    other = define_asset_job("plain", "*")
    skips = sensor(name="s", jobs=[plain, define_asset_job("assets")])(lambda: SkipReason())
    assert set(Definitions(assets=[raw], sensors=[skips]).jobs_by_name()) == {"plain", "assets"}
    with pytest.raises(DagsterInvalidDefinitionError, match="Duplicate job definition"):
        Definitions(assets=[raw], jobs=[plain, other]).jobs_by_name()


@pytest.mark.parametrize(
    ("assets", "problem"),
    [
        ([raw, asset(name="raw")(lambda: 1)], "Duplicate asset key"),
        ([total], 'Input asset "raw" of asset "total"'),
        (
            [asset(name="a", deps=["b"])(lambda: 1), asset(name="b", deps=["a"])(lambda: 1)],
            "Assets need each other",
        ),
    ],
)
def test_assets_must_go_together(assets, problem):
    """Found when the Definitions are used."""
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        Definitions(assets=assets).jobs_by_name()


def test_unknown_assets_cannot_be_selected():
    """The error names the job and the assets that there are."""
    with pytest.raises(DagsterInvalidDefinitionError, match="Failed to resolve asset job chosen"):
        ran("other")


def test_what_an_asset_raises_comes_out():
    """As an op's does."""

    @asset
    def breaks():
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        materialize([breaks])
    assert not materialize([breaks], raise_on_error=False).success


def test_keys():
    """Text is one part; slashes count only where it says so."""
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey.from_user_string("a/b") == AssetKey(["a", "b"])
    assert AssetKey(["a", "b"]).to_user_string() == "a/b"
    assert len({AssetKey("a"), AssetKey(["a"])}) == 1
    with pytest.raises(CheckError):
        AssetKey(3)
