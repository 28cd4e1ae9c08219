"""Turns the graph of a job and its config into a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from sensors_app.definitions.config_schema import Field, Permissive, Shape
from sensors_app.definitions.graph import Binding, Node
from sensors_app.execution.plan import OutputRef, Plan, Step, StepInput


def run_config_type(nodes: Sequence[Node]) -> Shape:
    """Return what the run config of a job with these nodes must be."""
    ops = {node.name: Shape({"config": node.definition.config_field}) for node in nodes}
    return Shape(
        {
            "ops": Shape(ops),
            "execution": Field(Permissive()),
            "loggers": Field(Permissive()),
            "resources": Field(Permissive()),
        }
    )


def resolved_run_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checked run config in the form in which users get to see it."""
    ops = {
        name: {"config": entry.get("config"), "inputs": {}, "outputs": None}
        for name, entry in config["ops"].items()
    }
    return {**config, "ops": ops}


def compile_plan(
    job_name: str,
    nodes: Sequence[Node],
    resolved: Mapping[str, Any],
    run_config: Mapping[str, Any],
) -> Plan:
    """Return the plan of a job.

    Args:
        job_name: The job.
        nodes: Its graph.
        resolved: Its run config, checked and with defaults.
        run_config: Its run config, as it was given.
    """
    steps = tuple(_step(node, resolved["ops"][node.name]["config"]) for node in _in_order(nodes))
    return Plan(job_name, steps, run_config)


def _step(node: Node, config: Any) -> Step:
    return Step(
        key=node.name,
        compute=node.definition.compute,
        output_names=tuple(node.definition.output_names),
        inputs=tuple(_step_input(name, each) for name, each in node.bindings.items()),
        config=config,
    )


def _step_input(name: str, binding: Binding) -> StepInput:
    sources = tuple(OutputRef(each.node_name, each.output_name) for each in binding.sources)
    return StepInput(name, sources, binding.is_list)


def _in_order(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes by their distance from the start of the graph, then by name.

    The body of a job can only connect a node to those before it, so there are no cycles.
    """
    level: dict[str, int] = {}
    for node in nodes:
        above = [
            level[source.node_name] for each in node.bindings.values() for source in each.sources
        ]
        level[node.name] = 1 + max(above, default=-1)
    return sorted(nodes, key=lambda node: (level[node.name], node.name))
