"""Which assets are meant: by key, by group, with those before or after them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.definitions.asset import AssetsDefinition, dependency_key
from sensors_app.errors import DagsterInvalidSubsetError
from sensors_app.model.assets import AssetKey

_CLAUSE = re.compile(
    r"(?P<above>\*|\+*)(key:|(?P<group>group:))?\"?(?P<name>[\w/]+)\"?(?P<below>\*|\+*)"
)
Assets = Mapping[AssetKey, AssetsDefinition]


class AssetSelection(ABC):
    """A choice among the assets of a code location; combined with ``|``, ``&`` and ``-``."""

    @staticmethod
    def all() -> "AssetSelection":
        """Every asset."""
        return _Chosen(set)

    @staticmethod
    def assets(*assets: Any) -> "AssetSelection":
        """These assets, given as keys or as the assets themselves.

        Raises:
            CheckError: One is neither.
        """
        keys = [dependency_key(each) for each in assets]
        return _Chosen(lambda known: _known(keys, known))

    keys = assets

    @staticmethod
    def groups(*group_names: str) -> "AssetSelection":
        """The assets of these groups."""
        names = frozenset(group_names)
        return _Chosen(lambda known: {key for key in known if known[key].group_name in names})

    @staticmethod
    def from_coercible(selection: Any) -> "AssetSelection":
        """Return what a user wrote as a selection: one, text, a key, an asset, or some of these.

        Text is a key, or ``key:`` or ``group:`` and a name, with ``*`` or ``+`` before or after it
        for all, or for each step of, what comes before or after; ``*`` alone is everything.

        Raises:
            DagsterInvalidSubsetError: The text cannot be read.
            CheckError: It is nothing of the kind.
        """
        if isinstance(selection, AssetSelection):
            return selection
        if isinstance(selection, str):
            return _from_text(selection)
        if isinstance(selection, Sequence):
            parts = [AssetSelection.from_coercible(each) for each in selection]
            return _Chosen(lambda known: set().union(*(each.resolve(known) for each in parts)))
        return AssetSelection.assets(selection)

    @abstractmethod
    def resolve(self, known: Assets) -> set[AssetKey]:
        """Return the chosen keys.

        Raises:
            DagsterInvalidSubsetError: One of them is not there.
        """

    def upstream(self, depth: int | None = None) -> "AssetSelection":
        """Also the assets before these, ``depth`` steps back; None for all."""
        return _Chosen(lambda known: _reach(self.resolve(known), _above(known), depth))

    def downstream(self, depth: int | None = None) -> "AssetSelection":
        """Also the assets after these, ``depth`` steps on; None for all."""
        return _Chosen(lambda known: _reach(self.resolve(known), _below(known), depth))

    def __or__(self, other: "AssetSelection") -> "AssetSelection":
        return _Chosen(lambda known: self.resolve(known) | other.resolve(known))

    def __and__(self, other: "AssetSelection") -> "AssetSelection":
        return _Chosen(lambda known: self.resolve(known) & other.resolve(known))

    def __sub__(self, other: "AssetSelection") -> "AssetSelection":
        return _Chosen(lambda known: self.resolve(known) - other.resolve(known))


CoercibleToAssetSelection = (
    AssetSelection
    | AssetKey
    | AssetsDefinition
    | str
    | Sequence[str | AssetKey | AssetsDefinition | AssetSelection]
)


@dataclass(frozen=True, slots=True)
class _Chosen(AssetSelection):
    choose: Callable[[Assets], set[AssetKey]]

    def resolve(self, known: Assets) -> set[AssetKey]:
        return self.choose(known)


def _from_text(text: str) -> AssetSelection:
    if text == "*":
        return AssetSelection.all()
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise DagsterInvalidSubsetError(f"Invalid selection string: {text}")
    name = match["name"]
    chosen = AssetSelection.groups(name) if match["group"] else _named(name)
    if match["above"]:
        chosen = chosen.upstream(_depth(match["above"]))
    if match["below"]:
        chosen |= (AssetSelection.groups(name) if match["group"] else _named(name)).downstream(
            _depth(match["below"])
        )
    return chosen


def _named(text: str) -> AssetSelection:
    return AssetSelection.assets(AssetKey.from_user_string(text))


def _depth(marks: str) -> int | None:
    return None if marks == "*" else len(marks)


def _known(keys: Sequence[AssetKey], known: Assets) -> set[AssetKey]:
    for key in keys:
        if key not in known:
            names = sorted(each.to_user_string() for each in known)
            raise DagsterInvalidSubsetError(
                f"There is no asset {key.to_user_string()}. Found: {names}."
            )
    return set(keys)


def _above(known: Assets) -> Mapping[AssetKey, set[AssetKey]]:
    return {key: set(each.inputs.values()) & known.keys() for key, each in known.items()}


def _below(known: Assets) -> Mapping[AssetKey, set[AssetKey]]:
    below: dict[AssetKey, set[AssetKey]] = {key: set() for key in known}
    for key, sources in _above(known).items():
        for source in sources:
            below[source].add(key)
    return below


def _reach(
    start: set[AssetKey], edges: Mapping[AssetKey, set[AssetKey]], depth: int | None
) -> set[AssetKey]:
    found, edge, steps = set(start), set(start), 0
    while edge and (depth is None or steps < depth):
        edge = {after for key in edge for after in edges[key]} - found
        found |= edge
        steps += 1
    return found
