"""What a step knows of the run it is part of."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sensors_app.execution.resources import ScopedResources
from sensors_app.model.assets import AssetMaterialization
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


@dataclass(frozen=True, slots=True)
class StepContext:
    """One attempt at one step.

    Args:
        run: The run.
        step_key: The step.
        config: The step's config.
        run_config: The whole run's config, as the user gave it.
        log: Where user code logs.
        instance: Where the run is kept; None if it is kept nowhere.
        resources: What the step may read.
        retry_number: How many attempts came before.
        report: Takes what user code reports apart from its outputs.
    """

    run: DagsterRun
    step_key: str
    config: Any
    run_config: Mapping[str, Any]
    log: logging.Logger
    instance: Instance | None
    resources: ScopedResources
    retry_number: int
    report: Callable[[AssetMaterialization], None]
