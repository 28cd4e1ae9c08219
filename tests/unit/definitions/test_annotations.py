"""Annotations of user functions, some of which only a type checker can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors_app.definitions.op_types import annotations_of

if TYPE_CHECKING:
    from nowhere import Unknown


def function(known: int, unknown: Unknown) -> list[str]:
    raise NotImplementedError


def test_what_can_be_resolved_is():
    """One name that cannot be does not hide the others."""
    assert annotations_of(function) == {"known": int, "return": list[str]}


def test_objects_without_annotations_have_none():
    """Such as a partial."""
    assert annotations_of(len) == {}
