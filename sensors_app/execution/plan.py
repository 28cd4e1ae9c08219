"""A job made ready to run: steps with callables, and no definition in sight."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensors_app.execution.context import StepContext

Outputs = Iterable[tuple[str, Any]]
Compute = Callable[[StepContext, Mapping[str, Any]], Outputs]


@dataclass(frozen=True, slots=True)
class OutputRef:
    """The output of a step, as the steps below it name it."""

    step_key: str
    output_name: str


@dataclass(frozen=True, slots=True)
class StepInput:
    """Where a step's input comes from.

    Args:
        name: The input.
        sources: The outputs it is made of.
        is_list: Whether it gets the list of its sources' values, and not the value of its only one.
    """

    name: str
    sources: tuple[OutputRef, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One op, ready to run.

    Args:
        key: Its name, unique in the plan.
        compute: Runs the user's code; yields each output as it comes, as name and value.
        output_names: Every output it may yield.
        inputs: What it waits for, and gets.
        config: What the user's code gets as its config.
    """

    key: str
    compute: Compute
    output_names: tuple[str, ...]
    inputs: tuple[StepInput, ...] = ()
    config: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one job, with their config.

    Args:
        job_name: The job.
        steps: In an order in which each comes after those it waits for.
        run_config: The configuration the plan was made with, as the user gave it.
    """

    job_name: str
    steps: tuple[Step, ...]
    run_config: Mapping[str, Any] = field(default_factory=dict)
