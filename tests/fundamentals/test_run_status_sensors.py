"""Run-status sensors: functions called for runs that reach a status."""

import pytest

from sensors_app import (
    CheckError,
    CodeLocationSelector,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterRunStatus,
    JobSelector,
    RunFailureSensorContext,
    RunRequest,
    SensorResult,
    SkipReason,
    build_sensor_context,
    job,
    op,
    run_failure_sensor,
    run_status_sensor,
)


@op
def works():
    return 1


@op
def breaks():
    raise ValueError("boom")


@job
def good():
    works()


@job
def other():
    works()


@job
def bad():
    breaks()


@pytest.fixture
def instance():
    return DagsterInstance.ephemeral()


@pytest.fixture
def tick(instance):
    """Evaluate a sensor, going on from one evaluation to the next."""
    cursors = {}

    def evaluate(made):
        context = build_sensor_context(instance=instance, cursor=cursors.get(made))
        data = made.evaluate_tick(context)
        cursors[made] = data.cursor
        return data

    return evaluate


@pytest.fixture
def run(instance):
    def execute(the_job, **arguments):
        return the_job.execute_in_process(instance=instance, raise_on_error=False, **arguments)

    return execute


def for_success(function, **arguments):
    made = run_status_sensor(DagsterRunStatus.SUCCESS, name="watcher", **arguments)
    return made(function)


def test_the_first_evaluation_takes_up_its_position(tick, run):
    """Runs that ended before are never seen."""
    seen = []
    watcher = for_success(lambda context: seen.append(context.dagster_run.job_name))
    run(good)
    assert tick(watcher).skip_message.startswith("Initiating watcher. Set cursor to ")
    run(other)
    tick(watcher)
    assert seen == ["other"]


def test_a_function_that_returns_nothing_leaves_a_reaction(tick, run):
    """One for each run, oldest first, and no skip message."""
    watcher = for_success(lambda context: None)
    tick(watcher)
    run(good)
    run(bad)
    run(other)
    data = tick(watcher)
    assert [each.dagster_run.job_name for each in data.dagster_run_reactions] == ["good", "other"]
    assert {each.run_status for each in data.dagster_run_reactions} == {DagsterRunStatus.SUCCESS}
    assert data.skip_message is None
    assert tick(watcher).skip_message == "Sensor function returned an empty result"


def test_at_most_five_runs_in_one_evaluation(tick, run):
    """The next evaluation goes on where this one ended."""
    seen = []
    watcher = for_success(lambda context: seen.append(context.dagster_run.run_id))
    tick(watcher)
    ran = [run(good).run_id for _ in range(7)]
    tick(watcher)
    assert seen == ran[:5]
    tick(watcher)
    assert seen == ran


def test_an_evaluation_ends_with_the_first_result(tick, run):
    """A run request or a reason to skip; the next run is for the next evaluation."""
    watcher = for_success(
        lambda context: RunRequest(run_key=context.dagster_run.job_name), request_job=good
    )
    tick(watcher)
    run(good)
    run(other)
    for expected in ("good", "other"):
        (request,) = tick(watcher).run_requests
        assert request.run_key == expected
        assert request.tags == {"dagster/sensor_name": "watcher"}
    skips = for_success(lambda context: SkipReason("not this one"))
    tick(skips)
    run(good)
    assert tick(skips).skip_message == "not this one"


def test_what_the_function_raises_becomes_part_of_the_reaction(tick, run):
    """The evaluation does not raise, and the cursor moves on."""

    def raises(context):
        raise KeyError("x")

    watcher = for_success(raises)
    tick(watcher)
    run(good)
    (reaction,) = tick(watcher).dagster_run_reactions
    assert "KeyError: 'x'" in reaction.error.to_string()
    assert tick(watcher).dagster_run_reactions == []


def test_the_context_has_the_run_and_the_event(tick, run, instance):
    """And the partition that the run is of."""
    seen = []
    watcher = for_success(seen.append)
    tick(watcher)
    result = run(good, tags={"dagster/partition": "2024"})
    tick(watcher)
    (context,) = seen
    assert context.dagster_run.run_id == result.run_id
    assert context.dagster_event.event_type_value == "PIPELINE_SUCCESS"
    assert context.sensor_name == "watcher"
    assert context.instance is instance
    assert context.partition_key == "2024"


def test_an_early_status_shows_the_run_as_it_is_now(tick, run):
    """STARTED fires on the event; by then the run has ended."""
    seen = []

    @run_status_sensor(run_status=DagsterRunStatus.STARTED)
    def on_start(context):
        seen.append((context.dagster_event.event_type_value, context.dagster_run.status))

    tick(on_start)
    run(bad)
    tick(on_start)
    assert seen == [("PIPELINE_START", DagsterRunStatus.FAILURE)]


def test_a_failure_sensor_tells_what_failed(tick, run):
    """Bare or with arguments; its context has the events of the failure."""
    seen = []

    @run_failure_sensor
    def on_failure(context: RunFailureSensorContext):
        (step,) = context.get_step_failure_events()
        cause = step.event_specific_data.error.cause.message
        seen.append((context.failure_event.message, step.step_key, cause))

    tick(on_failure)
    run(good)
    run(bad)
    tick(on_failure)
    message = "Execution of run for \"bad\" failed. Steps failed: ['breaks']."
    assert seen == [(message, "breaks", "ValueError: boom\n")]
    assert run_failure_sensor("named", request_job=good)(lambda context: None).name == "named"


def test_only_monitored_jobs(tick, run):
    """The cursor moves past the others."""
    watcher = for_success(lambda context: None, monitored_jobs=[other])
    tick(watcher)
    run(good)
    assert tick(watcher).dagster_run_reactions == []
    run(other)
    assert len(tick(watcher).dagster_run_reactions) == 1


@pytest.mark.parametrize(
    "selector", [CodeLocationSelector("elsewhere"), JobSelector("elsewhere", job_name="good")]
)
def test_runs_of_no_code_location_are_of_none_that_is_selected(tick, run, selector):
    """A run in process matches a sensor that names no code location."""
    watcher = for_success(lambda context: None, monitored_jobs=[selector])
    tick(watcher)
    run(good)
    assert tick(watcher).dagster_run_reactions == []


@pytest.mark.parametrize("word", ["monitor_all_code_locations", "monitor_all_repositories"])
def test_everything_can_be_monitored(tick, run, word):
    """By the word of today or by the older one, but not along with jobs."""
    watcher = for_success(lambda context: None, **{word: True})
    tick(watcher)
    run(good)
    assert len(tick(watcher).dagster_run_reactions) == 1
    with pytest.raises(
        DagsterInvalidDefinitionError, match=f"Cannot specify both {word} and monitored_jobs"
    ):
        for_success(lambda context: None, monitored_jobs=[good], **{word: True})


@pytest.mark.parametrize("status", [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.MANAGED])
def test_statuses_without_an_event_cannot_be_monitored(status):
    """Nothing would ever call the function."""
    with pytest.raises(KeyError):
        run_status_sensor(run_status=status, name="watcher")(lambda context: None)


def test_a_status_and_jobs_must_be_such():
    """Names of either are not enough."""
    with pytest.raises(CheckError):
        run_status_sensor(run_status="SUCCESS", name="watcher")(lambda context: None)
    with pytest.raises(CheckError, match='"monitored_jobs"'):
        for_success(lambda context: None, monitored_jobs=["good"])


def test_the_cursor_is_not_the_users(tick, run):
    """It is the position in the events."""
    watcher = for_success(lambda context: SensorResult(cursor="mine"))
    tick(watcher)
    run(good)
    with pytest.raises(DagsterInvariantViolationError, match="managed by the sensor"):
        tick(watcher)


def test_a_selector_of_a_job_needs_its_name():
    """Although it comes after an argument that has a default."""
    with pytest.raises(CheckError, match="Must provide job_name"):
        JobSelector("here")
    assert JobSelector("here", job_name="good").repository_name == "__repository__"
