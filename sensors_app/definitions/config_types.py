"""The kinds of value that a config can hold: each checks a value and says what it expected.

A check does not stop at the first thing wrong: it notes every problem and goes on, so that a user
sees all of them at once.
"""

from abc import ABC, abstractmethod
from typing import Any

from sensors_app.errors import ConfigProblem

ROOT_PATH = "root"


class Missing:
    """Stands for a value that was not given, since None is a value."""


MISSING = Missing()


class ConfigType(ABC):
    """One kind of value."""

    @property
    @abstractmethod
    def label(self) -> str:
        """How messages call it, for example ``"{ filename: String }"``."""

    @property
    @abstractmethod
    def example(self) -> Any:
        """A value that a message can offer."""

    @property
    def implied(self) -> Any:
        """What a value left out is as if it were given; ``MISSING`` if it must be given."""
        return MISSING

    def resolve(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        """Return ``value`` with its defaults filled in; what is wrong with it goes to ``problems``.

        Args:
            value: What the user gave.
            path: Where, for the messages.
            problems: Gets one entry for each thing wrong.
        """
        if value is None:
            expected = f' must not be None. Expected "{self.label}"'
            problems.append(problem(path, "Value", expected))
            return None
        return self._resolve_given(value, path, problems)

    @abstractmethod
    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any: ...


def problem(path: str, before: str, after: str) -> ConfigProblem:
    """Return a problem whose message is the path in words, between two other texts."""
    where = "at the root" if path == ROOT_PATH else f"at path {path}"
    return ConfigProblem(path, f"{before} {where}{after}")


class AnyConfig(ConfigType):
    """Any value at all, None among them."""

    label = "Any"
    example = "AnyType"

    def resolve(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:  # noqa: ARG002 -- the base's signature
        """Return ``value``."""
        return value

    _resolve_given = resolve


class Scalar(ConfigType):
    """One of Python's simple types.

    Args:
        label: Dagster's word for it.
        kind: The type its values have once resolved.
        accepted: What is taken for it and converted.
        refused: What is not, although it is an instance of an accepted type.
        example: A value that a message can offer.
    """

    def __init__(
        self,
        label: str,
        kind: type,
        *,
        accepted: type | tuple[type, ...],
        refused: tuple[type, ...] = (),
        example: Any,
    ) -> None:
        self._label = label
        self._kind = kind
        self._accepted = accepted
        self._refused = refused
        self._example = example

    @property
    def label(self) -> str:
        """Dagster's word for it."""
        return self._label

    @property
    def example(self) -> Any:
        """A value that a message can offer."""
        return self._example

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if isinstance(value, self._accepted) and not isinstance(value, self._refused):
            return self._kind(value)
        text = (
            f'. Value "{value}" of type "{type(value)}" '
            f'is not valid for expected type "{self._label}".'
        )
        problems.append(problem(path, "Invalid scalar", text))
        return None


ANY = AnyConfig()
SCALARS: dict[Any, ConfigType] = {
    str: Scalar("String", str, accepted=str, example="..."),
    int: Scalar("Int", int, accepted=int, refused=(bool,), example=0),
    float: Scalar("Float", float, accepted=(int, float), example=0.0),
    bool: Scalar("Bool", bool, accepted=bool, example=True),
}
