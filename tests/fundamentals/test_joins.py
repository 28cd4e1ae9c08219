"""Join and absence sensors, called directly with contexts of one's own, and what they may be."""

import pytest

from sensors_app import (
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterRun,
    DagsterRunStatus,
    JobSelector,
    JoinOutcome,
    ParameterCheckError,
    RunRequest,
    SensorResult,
    absence_sensor,
    build_absence_context,
    build_join_context,
    build_sensor_context,
    job,
    join_sensor,
    op,
)


@op
def load():
    return 1


@job
def orders():
    load()


@job
def customers():
    load()


@job
def report():
    load()


@join_sensor(jobs=[orders, customers], by="partition", request_job=report)
def both(context):
    return RunRequest(run_key=context.correlation)


def run(name: str) -> DagsterRun:
    return DagsterRun(job_name=name, run_id=f"run of {name}", status=DagsterRunStatus.SUCCESS)


RUNS = {"orders": run("orders"), "customers": run("customers")}


def test_a_join_is_called_with_its_runs() -> None:
    """By job, with what they have in common."""
    seen = []

    @join_sensor(jobs=[orders, customers])
    def remember(context):
        seen.append((dict(context.runs), context.missing, context.correlation))

    remember(build_join_context(RUNS, correlation="2024"))
    assert seen == [(RUNS, (), "2024")]


def test_a_join_requests_runs() -> None:
    """What it returns is checked as of any sensor."""
    data = both.evaluate_group(build_join_context(RUNS, correlation="2024"))
    assert [each.run_key for each in data.run_requests] == ["2024"]
    assert data.dagster_run_reactions == []


def test_a_join_that_returns_nothing_acted_on_its_runs() -> None:
    """Each of them is told so."""

    @join_sensor(jobs=[orders, customers])
    def quiet(context):
        pass

    data = quiet.evaluate_group(build_join_context(RUNS))
    assert [each.dagster_run for each in data.dagster_run_reactions] == list(RUNS.values())


def test_a_join_sets_no_cursor() -> None:
    """It has none: it is called for events."""

    @join_sensor(jobs=[orders, customers])
    def wrong(context):
        return SensorResult(cursor="c")

    with pytest.raises(DagsterInvariantViolationError, match=r"join sensor wrong.*cursor"):
        wrong.evaluate_group(build_join_context(RUNS))


def test_a_join_may_take_resources_and_no_context() -> None:
    """As other sensors."""

    @join_sensor(jobs=[orders, customers])
    def alone():
        return "called"

    assert alone(build_join_context(RUNS)) == "called"

    @join_sensor(jobs=[orders, customers])
    def with_resource(context):
        return context.resources.mail

    assert with_resource(build_join_context(RUNS, resources={"mail": "m"})) == "m"


def test_an_instance_is_there_if_one_was_given() -> None:
    """And missed by name if not."""
    instance = DagsterInstance.ephemeral()
    assert build_join_context(RUNS, instance=instance).instance is instance
    with pytest.raises(DagsterInvariantViolationError, match="build_join_context"):
        _ = build_join_context(RUNS).instance


def test_sides_of_one_name_are_told_apart() -> None:
    """By their code location; a name that is there once stays as it is."""
    there = JobSelector(location_name="there", job_name="orders")

    @join_sensor(jobs=[orders, there, customers])
    def three(context):
        pass

    assert three.rules.join is not None
    assert three.rules.join.sides == ("/orders", "there/orders", "/customers")
    words = [three._word(each) for each in three.rules.join.sides]
    assert words == ["orders", "there/orders", "customers"]


def test_what_a_join_goes_by() -> None:
    """The partition, a tag, or nothing."""

    def tag(by: str | None) -> str:
        made = join_sensor(jobs=[orders, customers], by=by, name="a")(lambda context: None)
        assert made.rules.join is not None
        return made.rules.join.by

    assert [tag("partition"), tag("region"), tag(None)] == ["dagster/partition", "region", ""]


@pytest.mark.parametrize("jobs", [[], [orders], [orders, orders]], ids=["none", "one", "one twice"])
def test_a_join_needs_two_jobs(jobs) -> None:
    """Each of them once."""
    with pytest.raises(DagsterInvalidDefinitionError, match="two jobs or more"):
        join_sensor(jobs=jobs, name="a")(lambda context: None)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), None, "1"])
def test_a_window_is_a_positive_number(seconds) -> None:
    """Of seconds."""
    with pytest.raises(ParameterCheckError, match="within_seconds"):
        join_sensor(jobs=[orders, customers], within_seconds=seconds, name="a")(
            lambda context: None
        )
    with pytest.raises(ParameterCheckError, match="within_seconds"):
        absence_sensor(within_seconds=seconds, name="a")(lambda context: None)


def test_events_cannot_be_looked_for_in_process() -> None:
    """The message says what to do instead."""
    with pytest.raises(DagsterInvalidInvocationError, match="build_join_context"):
        both.evaluate_tick(build_sensor_context())
    with pytest.raises(DagsterInvalidInvocationError, match="build_join_context"):
        both()
    with pytest.raises(CheckError, match="JoinContext"):
        both(build_sensor_context())


def test_missing_jobs_are_named() -> None:
    """Of a join that is called for what did not come."""

    @join_sensor(jobs=[orders, customers], when=JoinOutcome.MISSING, within_seconds=1.5)
    def late(context):
        return context.missing

    assert late(build_join_context({"orders": RUNS["orders"]}, ["customers"])) == ("customers",)
    assert late.rules.join is not None
    assert (late.rules.join.outcome, late.rules.join.within) == ("MISSING", 1500)


def test_an_absence_knows_since_when() -> None:
    """And the last run."""

    @absence_sensor(monitored_jobs=[orders], within_seconds=60)
    def silent(context):
        return (context.since, context.last_run)

    assert silent(build_absence_context(17.5, RUNS["orders"])) == (17.5, RUNS["orders"])
    assert silent.rules.absent_after_ms == 60_000


def test_an_absence_sensor_that_returns_nothing_has_acted() -> None:
    """On no run in particular."""

    @absence_sensor(within_seconds=60)
    def silent(context):
        pass

    data = silent.evaluate_absence(build_absence_context())
    assert [each.dagster_run for each in data.dagster_run_reactions] == [None]
