"""A run in this process that is kept by an instance."""

import uuid
from dataclasses import replace

import pytest

from sensors_app import CheckError, DagsterInvariantViolationError, DagsterRunStatus, job, op
from sensors_app.execution.collector import EventCollector
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


class MemoryInstance:
    """Keeps one run in memory."""

    def create_run(self, *, job_name, run_config, tags, run_id=None):
        self.run = DagsterRun(
            job_name, run_id or str(uuid.uuid4()), tags=tags, run_config=run_config
        )
        return self.run

    def recorder(self, run):
        self.kept = EventCollector()
        return self.kept

    def get_run_by_id(self, run_id):
        return replace(self.run, status=DagsterRunStatus.SUCCESS, worker="here")

    def get_runs(self, filters=None, limit=None):
        return [self.run]

    def all_logs(self, run_id):
        return []


@op
def reads_instance(context):
    return context.instance.get_runs()[0].run_id == context.run_id


@job(tags={"a": "1"})
def reads():
    reads_instance()


def test_the_run_is_created_recorded_and_read_back():
    """The result shows the run as the instance has it after the end."""
    instance = MemoryInstance()
    assert isinstance(instance, Instance)
    result = reads.execute_in_process(instance=instance, tags={"b": "2"})
    assert result.output_for_node("reads_instance") is True
    assert result.dagster_run.worker == "here"
    assert instance.run.tags == {"a": "1", "b": "2"}
    assert instance.kept.events == result.all_events


def test_without_an_instance_there_is_none_in_the_context():
    """The error says how to get one."""
    with pytest.raises(DagsterInvariantViolationError, match="has no instance"):
        reads.execute_in_process()


def test_a_run_id_can_be_given():
    """It must be a UUID."""
    run_id = str(uuid.uuid4())
    result = reads.execute_in_process(instance=MemoryInstance(), run_id=run_id)
    assert result.run_id == run_id
    with pytest.raises(CheckError, match="must be a valid UUID"):
        reads.execute_in_process(run_id="abc")
