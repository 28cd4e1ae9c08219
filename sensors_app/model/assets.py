"""Assets: things that jobs bring about, known by a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sensors_app.errors import ParameterCheckError
from sensors_app.model import checks


@dataclass(frozen=True, order=True)
class AssetKey:
    """The name of an asset, which may have several parts.

    Args:
        parts: Its parts, outermost first; one text is one part.

    Raises:
        ParameterCheckError: It is neither text nor a sequence.
        CheckError: A part is no text.
    """

    parts: tuple[str, ...]

    def __init__(self, path: str | Sequence[str]) -> None:
        parts = [path] if isinstance(path, str) else checks.members("path", path, str)
        object.__setattr__(self, "parts", tuple(parts))

    def __repr__(self) -> str:
        return f"AssetKey({self.path})"

    @property
    def path(self) -> list[str]:
        """Its parts, outermost first."""
        return list(self.parts)

    def to_user_string(self) -> str:
        """Return the parts with slashes between them."""
        return "/".join(self.parts)

    @staticmethod
    def from_user_string(text: str) -> "AssetKey":
        """Return the key that :meth:`to_user_string` writes as ``text``."""
        return AssetKey(text.split("/"))


def to_asset_key(name: str, value: Any) -> AssetKey:
    """Return ``value``, the argument ``name``, as an asset key.

    Raises:
        ParameterCheckError: It is no key, text or sequence.
        CheckError: A part is no text.
    """
    if isinstance(value, AssetKey):
        return value
    if not isinstance(value, Sequence):
        raise ParameterCheckError(
            f'Param "{name}" is not a Sequence. Got {value!r} which is type {type(value)}.'
        )
    return AssetKey(value)


@dataclass(frozen=True)
class AssetMaterialization:
    """That an asset was brought about.

    Args:
        asset_key: The asset.
        description: For people.
        metadata: More about it, by name.
        partition: The partition that was brought about, if it has partitions.
        tags: Text by name.

    Raises:
        CheckError: An argument has the wrong type.
    """

    asset_key: AssetKey
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    partition: str | None = None
    tags: Mapping[str, str] | None = None

    def __init__(
        self,
        asset_key: AssetKey | str | Sequence[str],
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        kept = {
            "asset_key": to_asset_key("asset_key", asset_key),
            "description": checks.optional("description", description, str),
            "metadata": checks.mapping("metadata", metadata),
            "partition": checks.optional("partition", partition, str),
            "tags": None if tags is None else checks.tags("tags", tags),
        }
        for name, value in kept.items():
            object.__setattr__(self, name, value)
