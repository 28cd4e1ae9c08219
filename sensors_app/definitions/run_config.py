"""A run config as an object, which takes ``Config`` classes where a dict takes dicts."""

from collections.abc import Mapping
from typing import Any

from sensors_app.model import checks


class RunConfig:
    """The configuration of a run.

    Args:
        ops: A ``Config``, or ``{"config": ...}``, for each op.
        resources: The same for each resource.
        loggers: Taken as they are.
        execution: Taken as it is.

    Raises:
        CheckError: An argument is no mapping by name.
    """

    def __init__(
        self,
        ops: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        loggers: Mapping[str, Any] | None = None,
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        self.ops = dict(checks.mapping("ops", ops))
        self.resources = dict(checks.mapping("resources", resources))
        self.loggers = dict(checks.mapping("loggers", loggers))
        self.execution = dict(checks.mapping("execution", execution))

    def to_config_dict(self) -> dict[str, Any]:
        """Return it as the dict that it stands for."""
        return {
            "loggers": self.loggers,
            "resources": {name: _entry(each) for name, each in self.resources.items()},
            "ops": {name: _entry(each) for name, each in self.ops.items()},
            "execution": self.execution,
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunConfig):
            return NotImplemented
        return self.to_config_dict() == other.to_config_dict()

    # As changeable as what it holds.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"RunConfig(ops={self.ops!r}, resources={self.resources!r})"


def _entry(value: Any) -> Any:
    to_dict = getattr(value, "to_config_dict", None)
    return value if to_dict is None else {"config": to_dict()}
