"""Which ops or assets of a job are to run.

Ops are named: ``name``, with ``*`` or ``+`` for those before or after it; assets by key.
"""

import re
from collections.abc import Mapping, Sequence

from sensors_app.definitions.asset import AssetOp
from sensors_app.definitions.graph import Node
from sensors_app.errors import DagsterInvalidSubsetError
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey

_CLAUSE = re.compile(r"(?P<above>\*|\+*)(?P<name>\w+)(?P<below>\*|\+*)")
EVERYTHING = 1_000_000_000


def select_nodes(nodes: Sequence[Node], selection: Sequence[str]) -> list[Node]:
    """Return the selected nodes, connected to one another alone.

    Args:
        nodes: The graph of a job.
        selection: Clauses: ``one`` is that op, ``*one`` with all before it, ``one*`` with all after
            it, each ``+`` is one step before or after. None at all selects every op.

    Raises:
        DagsterInvalidSubsetError: A clause cannot be read, or names no op.
    """
    if not checks.members("op_selection", selection, str):
        return list(nodes)
    above = {
        node.name: {source.node_name for each in node.bindings.values() for source in each.sources}
        for node in nodes
    }
    below: dict[str, set[str]] = {name: set() for name in above}
    for name, sources in above.items():
        for source in sources:
            below[source].add(name)
    chosen: set[str] = set()
    for clause in selection:
        match = _CLAUSE.fullmatch(clause)
        if match is None or match["name"] not in above:
            raise DagsterInvalidSubsetError(
                f"No qualified ops to execute found for op_selection={list(selection)}. "
                f"Clause '{clause}' names none of {sorted(above)}."
            )
        chosen |= _reach(match["name"], above, match["above"])
        chosen |= _reach(match["name"], below, match["below"])
    return [_cut_off(node, chosen) for node in nodes if node.name in chosen]


def select_assets(nodes: Sequence[Node], keys: Sequence[AssetKey] | None) -> list[Node]:
    """Return the nodes that bring these assets about, connected to one another alone.

    Args:
        nodes: The graph of a job.
        keys: The assets; None selects every node.

    Raises:
        DagsterInvalidSubsetError: There is none of that key.
    """
    if keys is None:
        return list(nodes)
    found = {node.use.op.asset_key: node.name for node in nodes if isinstance(node.use.op, AssetOp)}
    unknown = [key.to_user_string() for key in keys if key not in found]
    if unknown:
        known = sorted(key.to_user_string() for key in found)
        raise DagsterInvalidSubsetError(
            f"AssetKey(s) {unknown} were selected, but are none of the job's: {known}."
        )
    chosen = {found[key] for key in keys}
    return [_cut_off(node, chosen) for node in nodes if node.name in chosen]


def _reach(start: str, edges: Mapping[str, set[str]], depth: str) -> set[str]:
    steps = EVERYTHING if depth == "*" else len(depth)
    found, edge = {start}, {start}
    while edge and steps:
        edge = {after for name in edge for after in edges[name]} - found
        found |= edge
        steps -= 1
    return found


def _cut_off(node: Node, chosen: set[str]) -> Node:
    """Return the node without connections to nodes that are not chosen."""
    kept = {
        name: each
        for name, each in node.bindings.items()
        if all(source.node_name in chosen for source in each.sources)
    }
    return Node(node.name, node.use, kept)
