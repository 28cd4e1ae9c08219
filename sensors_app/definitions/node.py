"""One use of an op in a job, before it is connected: what can be said of this use alone."""

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sensors_app.definitions.graph import OutputHandle, current_graph
from sensors_app.definitions.hook import HookDefinition, checked_hooks
from sensors_app.definitions.names import valid_name
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks

if TYPE_CHECKING:
    from sensors_app.definitions.op import OpDefinition


@dataclass(frozen=True)
class PendingNode:
    """An op with a name, tags, hooks or a retry policy for one use of it.

    Args:
        op: The op.
        name: What the use is called; None for the op's name.
        tags: Text by name, beside the op's own.
        hooks: Called when the use has ended, beside those of the job.
        retry_policy: How the use is tried again; None for the op's own policy.
    """

    op: "OpDefinition"
    name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    hooks: frozenset[HookDefinition] = frozenset()
    retry_policy: RetryPolicy | None = None

    def alias(self, name: str) -> "PendingNode":
        """Return it under another name.

        Raises:
            DagsterInvalidDefinitionError: The name is not valid.
        """
        return replace(self, name=valid_name(name))

    def tag(self, tags: Mapping[str, Any] | None) -> "PendingNode":
        """Return it with more tags."""
        return replace(self, tags={**self.tags, **checks.tags("tags", tags)})

    def with_hooks(self, hook_defs: Collection[HookDefinition]) -> "PendingNode":
        """Return it with more hooks.

        Raises:
            CheckError: One of them is no hook.
        """
        return replace(self, hooks=self.hooks | checked_hooks(hook_defs))

    def with_retry_policy(self, retry_policy: RetryPolicy) -> "PendingNode":
        """Return it with another retry policy.

        Raises:
            ParameterCheckError: It is none.
        """
        checks.instance_of("retry_policy", retry_policy, RetryPolicy)
        return replace(self, retry_policy=retry_policy)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add it to the job whose body is running; outside of one, call the op's function.

        Returns:
            In a job, what stands for its output; for several outputs, a named tuple of them.

        Raises:
            DagsterInvalidDefinitionError: The arguments cannot be connected to its inputs, or the
                name is taken.
            DagsterInvalidInvocationError: The function does not take these arguments.
        """
        graph = current_graph()
        if graph is None:
            return self.op.invoke(args, kwargs)
        node_name = graph.add(self, args, kwargs)
        names = self.op.output_names
        handles = [OutputHandle(graph, node_name, name) for name in names]
        if len(handles) <= 1:
            return handles[0] if handles else None
        return _tuple_of(f"{node_name}_outputs", names)(*handles)


def _tuple_of(name: str, fields: Sequence[str]) -> Callable[..., Any]:
    return namedtuple(name, fields)
