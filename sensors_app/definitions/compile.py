"""Turns the graph of a job and its config into a plan."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sensors_app.definitions.config_inputs import InputValue
from sensors_app.definitions.config_schema import Field, Permissive, Shape
from sensors_app.definitions.config_types import MISSING
from sensors_app.definitions.graph import Binding, Node
from sensors_app.definitions.hook import HookDefinition
from sensors_app.definitions.op_ports import OpInput
from sensors_app.definitions.resource import ResourceDefinition, resources_config_type
from sensors_app.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from sensors_app.execution.plan import OutputRef, Step, StepInput
from sensors_app.execution.retry import RetryPolicy


def run_config_type(nodes: Sequence[Node], resources: Mapping[str, ResourceDefinition]) -> Shape:
    """Return what the run config of a job with these nodes and resources must be."""
    return Shape(
        {
            "ops": Shape({node.name: _node_config_type(node) for node in nodes}),
            "execution": Field(Permissive()),
            "loggers": Field(Permissive()),
            "resources": resources_config_type(resources),
        }
    )


def resolved_run_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checked run config in the form in which users get to see it."""
    ops = {
        name: {"config": entry.get("config"), "inputs": entry.get("inputs", {}), "outputs": None}
        for name, entry in config["ops"].items()
    }
    resources = {
        name: {"config": entry.get("config")} for name, entry in config["resources"].items()
    }
    return {**config, "ops": ops, "resources": resources}


def compile_steps(
    nodes: Sequence[Node],
    resolved: Mapping[str, Any],
    hooks: Collection[HookDefinition],
    retry_policy: RetryPolicy | None,
) -> tuple[Step, ...]:
    """Return the steps of a job, each after those it depends on.

    Args:
        nodes: Its graph.
        resolved: Its run config, checked and with defaults.
        hooks: Called for each of its ops.
        retry_policy: How ops without a policy of their own are tried again.
    """
    steps = []
    for node in _in_order(nodes):
        config = resolved["ops"][node.name]
        op, use = node.use.op, node.use
        all_hooks = sorted({*hooks, *use.hooks}, key=lambda hook: hook.name)
        step = Step(
            key=node.name,
            compute=op.compute,
            outputs=tuple(op.outs.values()),
            inputs=tuple(_step_inputs(node, config["inputs"])),
            config=config["config"],
            retry_policy=use.retry_policy or op.retry_policy or retry_policy,
            hooks=tuple(hook.compiled() for hook in all_hooks),
            resource_keys=op.required_resource_keys.union(
                *(hook.required_resource_keys for hook in all_hooks)
            ),
        )
        steps.append(step)
    return tuple(steps)


def needed_resources(
    job_name: str,
    nodes: Sequence[Node],
    hooks: Collection[HookDefinition],
    resources: Mapping[str, ResourceDefinition],
) -> dict[str, ResourceDefinition]:
    """Return those resources that the ops and hooks of a job read, and what these require.

    Raises:
        DagsterInvalidDefinitionError: An op or a hook requires one that is not there.
        DagsterInvariantViolationError: A resource requires one that is not there.
    """
    needed: dict[str, ResourceDefinition] = {}
    waiting = []
    for key, reader in sorted(_requirements(job_name, nodes, hooks)):
        if key not in resources:
            raise DagsterInvalidDefinitionError(
                f"resource with key '{key}' required by {reader} was not provided. Please provide "
                f"a ResourceDefinition to key '{key}', or change the required key to one of the "
                f"following keys which points to an ResourceDefinition: {sorted(resources)}"
            )
        waiting.append(key)
    while waiting:
        key = waiting.pop()
        needed[key] = resources[key]
        for required in sorted(resources[key].required_resource_keys - needed.keys()):
            if required not in resources:
                raise DagsterInvariantViolationError(
                    f"Resource with key '{required}' required by resource with key '{key}', "
                    "but not provided."
                )
            waiting.append(required)
    return needed


def _requirements(
    job_name: str, nodes: Sequence[Node], hooks: Collection[HookDefinition]
) -> set[tuple[str, str]]:
    """Return each required key, with who requires it in words."""
    found = set()
    for node in nodes:
        op = node.use.op
        found |= {(key, f"op '{op.name}'") for key in op.required_resource_keys}
        for hook in node.use.hooks:
            reader = f"hook '{hook.name}' attached to op '{node.name}'"
            found |= {(key, reader) for key in hook.required_resource_keys}
    for hook in hooks:
        reader = f"hook '{hook.name}' attached to job '{job_name}'"
        found |= {(key, reader) for key in hook.required_resource_keys}
    return found


def _node_config_type(node: Node) -> Shape:
    fields: dict[str, Any] = {"config": node.use.op.config_field}
    inputs = {
        name: Field(InputValue(each.annotation), is_required=each.is_required)
        for name, each in node.use.op.ins.items()
        if each.is_passed and name not in node.bindings
    }
    if inputs:
        fields["inputs"] = Shape(inputs)
    return Shape(fields)


def _step_inputs(node: Node, given: Mapping[str, Any]) -> list[StepInput]:
    inputs = []
    for name, each in node.use.op.ins.items():
        if name in node.bindings:
            inputs.append(_connected(each, node.bindings[name]))
        elif each.is_passed:
            value = given.get(name, each.default)
            if value is not MISSING:
                inputs.append(StepInput(name, value=value, value_type=each.value_type))
    return inputs


def _connected(each: OpInput, binding: Binding) -> StepInput:
    sources = tuple(OutputRef(source.node_name, source.output_name) for source in binding.sources)
    return StepInput(
        name=each.name,
        sources=sources,
        is_list=binding.is_list,
        value_type=each.value_type,
        is_passed=each.is_passed,
    )


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
