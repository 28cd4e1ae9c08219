"""A job made ready to run: steps with callables, and no definition in sight."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensors_app.execution.context import StepContext
from sensors_app.execution.resources import ResourceSpec
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model.assets import AssetMaterialization


@dataclass(frozen=True, slots=True)
class ValueType:
    """What a value that goes from step to step must be.

    Args:
        label: How messages call it.
        mismatch: Says what is wrong with a value; None if nothing is.
    """

    label: str
    mismatch: Callable[[Any], str | None]


ANY_VALUE = ValueType("Any", lambda _value: None)


@dataclass(frozen=True, slots=True)
class OutputRef:
    """The output of a step, as the steps below it name it."""

    step_key: str
    output_name: str


@dataclass(frozen=True, slots=True)
class OutputValue:
    """The value of an output, as a step yields it.

    Args:
        output_name: The output.
        value: Its value.
        metadata: More about it, by name.
    """

    output_name: str
    value: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)


Yielded = OutputValue | AssetMaterialization
Compute = Callable[[StepContext, Mapping[str, Any]], Iterable[Yielded]]


@dataclass(frozen=True, slots=True)
class StepInput:
    """Where a step's input comes from.

    Args:
        name: The input.
        sources: The outputs it is made of; none for one whose value the config gives.
        is_list: Whether it gets the list of its sources' values, and not the value of its only one.
        value: Its value, if it has no sources.
        value_type: What its value must be.
        is_passed: Whether user code gets it; if not, it only makes the step wait.
    """

    name: str
    sources: tuple[OutputRef, ...] = ()
    is_list: bool = False
    value: Any = None
    value_type: ValueType = ANY_VALUE
    is_passed: bool = True


@dataclass(frozen=True, slots=True)
class StepOutput:
    """What a step may yield.

    Args:
        name: The output.
        value_type: What its value must be.
        is_required: Whether the step fails if it ends without it.
        is_implied: Whether it is yielded, with the value None, by a step that ends without it.
    """

    name: str
    value_type: ValueType = ANY_VALUE
    is_required: bool = True
    is_implied: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """What is called when a step has ended.

    Args:
        name: The hook.
        on_success: Whether it is for steps that ended well, and not for those that failed.
        call: Calls the user's function, with what the step raised.
    """

    name: str
    on_success: bool
    call: Callable[[StepContext, BaseException | None], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One op, ready to run.

    Args:
        key: Its name, unique in the plan.
        compute: Runs the user's code; yields outputs and materializations as they come.
        outputs: Every output it may yield.
        inputs: What it waits for, and gets.
        config: What the user's code gets as its config.
        retry_policy: How it is tried again; None for not at all.
        hooks: Called when it has ended.
        resource_keys: The resources that its code may read.
    """

    key: str
    compute: Compute
    outputs: tuple[StepOutput, ...]
    inputs: tuple[StepInput, ...] = ()
    config: Any = None
    retry_policy: RetryPolicy | None = None
    hooks: tuple[Hook, ...] = ()
    resource_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one job, with their config.

    Args:
        job_name: The job.
        steps: In an order in which each comes after those it waits for.
        run_config: The configuration the plan was made with, as the user gave it.
        resources: Made before the first step and ended after the last, each by its key.
    """

    job_name: str
    steps: tuple[Step, ...]
    run_config: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, ResourceSpec] = field(default_factory=dict)
