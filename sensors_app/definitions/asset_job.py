"""Jobs that bring assets about, and running assets in this process."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sensors_app.definitions.asset import AssetsDefinition
from sensors_app.definitions.asset_selection import (
    Assets,
    AssetSelection,
    CoercibleToAssetSelection,
)
from sensors_app.definitions.graph import GraphBuilder, OutputHandle
from sensors_app.definitions.hook import HookDefinition
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.node import PendingNode
from sensors_app.definitions.run_config import RunConfig
from sensors_app.errors import DagsterInvalidDefinitionError, DagsterInvalidSubsetError
from sensors_app.execution.result import ExecuteInProcessResult
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey
from sensors_app.ports import Instance

EPHEMERAL_JOB = "__ephemeral_asset_job__"


class UnresolvedAssetJobDefinition:
    """A job of assets, before it is known which there are; made with :func:`define_asset_job`.

    ``Definitions`` makes a :class:`JobDefinition` of it.

    Args:
        name: Its name.
        selection: Which assets it brings about.
        arguments: Those of the job.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid.
    """

    def __init__(self, name: str, selection: AssetSelection, arguments: Mapping[str, Any]) -> None:
        self.name = valid_name(name)
        self.selection = selection
        self._arguments = dict(arguments)

    @property
    def description(self) -> str | None:
        """For people."""
        return checks.optional("description", self._arguments.get("description"), str)

    def resolve(self, assets: Assets) -> JobDefinition:
        """Return the job.

        Args:
            assets: Every asset of the code location.

        Raises:
            DagsterInvalidDefinitionError: Something is selected that there is not.
        """
        try:
            keys = self.selection.resolve(assets)
        except DagsterInvalidSubsetError as error:
            raise DagsterInvalidDefinitionError(
                f"Failed to resolve asset job {self.name}: {error}"
            ) from error
        return asset_job(self.name, assets, keys, self._arguments)


def define_asset_job(
    name: str,
    selection: CoercibleToAssetSelection | None = None,
    config: Mapping[str, Any] | RunConfig | None = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
    *,
    hooks: Collection[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
) -> UnresolvedAssetJobDefinition:
    """Make a job that brings assets about.

    Args:
        name: Its name.
        selection: An :class:`AssetSelection`, text such as ``"*my_asset"``, a key, an asset,
            or some of these; None for every asset.
        config: The run config of a run that is given none.
        description: For people.
        tags: Put on each of its runs.
        hooks: Called for the end of each asset's op.
        op_retry_policy: How assets without a retry policy of their own are tried again.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid.
        DagsterInvalidSubsetError: The selection cannot be read.
    """
    chosen = AssetSelection.from_coercible("*" if selection is None else selection)
    arguments = {
        "config": config,
        "description": description,
        "tags": tags,
        "hooks": hooks,
        "op_retry_policy": op_retry_policy,
    }
    return UnresolvedAssetJobDefinition(name, chosen, arguments)


def assets_by_key(assets: Iterable[AssetsDefinition]) -> dict[AssetKey, AssetsDefinition]:
    """Return assets by key.

    Raises:
        DagsterInvalidDefinitionError: Two have the same key, or one needs an asset that is not
            there and whose value it gets, or some need each other.
    """
    known: dict[AssetKey, AssetsDefinition] = {}
    for each in assets:
        if known.setdefault(each.key, each) is not each:
            raise DagsterInvalidDefinitionError(f"Duplicate asset key: {each.key}")
    for each in known.values():
        for source in each.values.values():
            if source not in known:
                raise DagsterInvalidDefinitionError(
                    f'Input asset "{source.to_user_string()}" of asset '
                    f'"{each.key.to_user_string()}" is not produced by any of the provided assets.'
                )
    _in_order(known)
    return known


def asset_job(
    name: str, assets: Assets, keys: Collection[AssetKey], arguments: Mapping[str, Any]
) -> JobDefinition:
    """Return a job that brings some assets about.

    An asset whose source is not among them takes its value from the run config.

    Args:
        name: The job.
        assets: Every asset of the code location.
        keys: Those that it brings about.
        arguments: Those of the job.
    """
    graph = GraphBuilder(name)
    for key in _in_order(assets):
        if key in keys:
            each = assets[key]
            connected = {
                name: OutputHandle(graph, assets[source].op.name, assets[source].op.output_names[0])
                for name, source in each.inputs.items()
                if source in keys
            }
            graph.add(PendingNode(each.op), (), connected)
    return JobDefinition(name, list(graph.nodes.values()), **arguments)


def materialize(
    assets: Sequence[AssetsDefinition],
    run_config: Mapping[str, Any] | RunConfig | None = None,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    *,
    raise_on_error: bool = True,
    tags: Mapping[str, Any] | None = None,
    selection: CoercibleToAssetSelection | None = None,
) -> ExecuteInProcessResult:
    """Bring assets about here and now, without workers.

    Args:
        assets: The assets, with those they need.
        run_config: The configuration of the run.
        instance: Where the run is kept; None keeps it nowhere.
        resources: What the assets read, by key.
        raise_on_error: Whether a failed asset raises what it raised, once the run has ended.
        tags: Put on the run.
        selection: Which of them to bring about; None for all.

    Raises:
        DagsterInvalidDefinitionError: The assets do not go together, or a resource is missing.
        DagsterInvalidSubsetError: Something is selected that there is not.
        DagsterInvalidConfigError: The config does not fit; there is no run then.
        CheckError: A member is no asset.
    """
    known = assets_by_key(checks.members("assets", assets, AssetsDefinition))
    keys = AssetSelection.from_coercible("*" if selection is None else selection).resolve(known)
    return asset_job(EPHEMERAL_JOB, known, keys, {}).execute_in_process(
        run_config,
        instance,
        raise_on_error=raise_on_error,
        tags=tags,
        resources=resources,
    )


def _in_order(assets: Assets) -> list[AssetKey]:
    """Return the keys, each after those it needs."""
    needs = {
        key: sorted(set(each.inputs.values()) & assets.keys())
        for key, each in sorted(assets.items())
    }
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " -> ".join(key.to_user_string() for key in error.args[1])
        raise DagsterInvalidDefinitionError(f"Assets need each other: {circle}.") from error
