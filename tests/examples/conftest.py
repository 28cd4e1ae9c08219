"""Examples are imported anew for each test, with folders of its own."""

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

Load = Callable[..., ModuleType]


def forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "examples"]:
        del sys.modules[name]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Import an example as a process with these variables would."""

    def loaded(name: str, **environment: object) -> ModuleType:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, str(value))
        forget()
        return importlib.import_module(f"examples.{name}")

    yield loaded
    forget()
