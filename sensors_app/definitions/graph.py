"""How the body of a job is turned into a graph: ops called in it note themselves as nodes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensors_app.errors import DagsterInvalidDefinitionError

if TYPE_CHECKING:
    from sensors_app.definitions.node import PendingNode


@dataclass(frozen=True, slots=True)
class OutputHandle:
    """Stands for the output of a node in the body of a job."""

    graph: "GraphBuilder"
    node_name: str
    output_name: str


@dataclass(frozen=True, slots=True)
class Binding:
    """What an input of a node is connected to.

    Args:
        sources: The outputs it is made of.
        is_list: Whether it gets the list of their values.
    """

    sources: tuple[OutputHandle, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One use of an op in a job.

    Args:
        name: Unique in the job.
        use: The op, and what was said of this use of it.
        bindings: What its connected inputs are connected to.
    """

    name: str
    use: "PendingNode"
    bindings: Mapping[str, Binding]


class GraphBuilder:
    """The graph of a job whose body is running.

    Args:
        job_name: The job, for messages.
    """

    def __init__(self, job_name: str) -> None:
        self.job_name = job_name
        self.nodes: dict[str, Node] = {}
        self._uses: Counter[str] = Counter()

    def add(self, use: "PendingNode", args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Note one use of an op, and return the node's name: ``one``, then ``one_2``.

        Args:
            use: The op, and what is said of this use.
            args: What its inputs are connected to, by position.
            kwargs: The same by name.

        Raises:
            DagsterInvalidDefinitionError: There is no such input, it is connected to something
                that is no output of this job, or the name is taken.
        """
        name = use.name if use.name is not None else self._next_name(use.op.name)
        if name in self.nodes:
            raise DagsterInvalidDefinitionError(
                f"@job {self.job_name} invoked the same node ({name}) twice without aliasing."
            )
        self.nodes[name] = Node(name, use, self._bindings(name, use.op.input_names, args, kwargs))
        return name

    def _next_name(self, op_name: str) -> str:
        self._uses[op_name] += 1
        uses = self._uses[op_name]
        return op_name if uses == 1 else f"{op_name}_{uses}"

    def _bindings(
        self, name: str, known: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> dict[str, Binding]:
        if len(args) > len(known):
            raise DagsterInvalidDefinitionError(
                f"In @job {self.job_name}, received too many inputs for invocation {name}. "
                f"Only {len(known)} defined, received {len(args)}"
            )
        bindings = {}
        for position, value in enumerate(args):
            where = f'"{known[position]}" (at position {position})'
            bindings[known[position]] = self._binding(name, where, value)
        for key, value in kwargs.items():
            if key not in known or key in bindings:
                problem = "has got twice" if key in bindings else "does not have"
                raise DagsterInvalidDefinitionError(
                    f'Invalid dependencies: op "{name}" {problem} input "{key}". '
                    f"Available inputs: {list(known)}"
                )
            bindings[key] = self._binding(name, f'"{key}" (passed by keyword)', value)
        return bindings

    def _binding(self, name: str, where: str, value: Any) -> Binding:
        if isinstance(value, tuple) and value and isinstance(value[0], OutputHandle):
            raise DagsterInvalidDefinitionError(
                f"In @job {self.job_name}, received a tuple of multiple outputs for input {where} "
                f"in op invocation {name}. Must pass individual output, available from tuple: "
                f"{tuple(each.output_name for each in value)}"
            )
        is_list = isinstance(value, list)
        sources = value if is_list else [value]
        for source in sources:
            if not isinstance(source, OutputHandle) or source.graph is not self:
                raise DagsterInvalidDefinitionError(
                    f"In @job {self.job_name}, received invalid type {type(source)} for input "
                    f'{where} in op invocation "{name}". Must pass the output from previous node '
                    "invocations or inputs to the composition function as inputs when invoking "
                    "nodes during composition."
                )
        return Binding(tuple(sources), is_list)


_CURRENT: ContextVar[GraphBuilder | None] = ContextVar("current_graph", default=None)


def current_graph() -> GraphBuilder | None:
    """Return the graph of the job whose body is running; None outside of one."""
    return _CURRENT.get()


@contextmanager
def composing(job_name: str) -> Iterator[GraphBuilder]:
    """Make the ops that are called inside note themselves in a new graph."""
    graph = GraphBuilder(job_name)
    token = _CURRENT.set(graph)
    try:
        yield graph
    finally:
        _CURRENT.reset(token)
