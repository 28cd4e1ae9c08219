"""Logs that somebody watches as they are written."""

from typing import Any

import pytest

from sensors_app.web import tails as module
from sensors_app.web.live import Hub
from sensors_app.web.tails import Tails
from tests.support.site import HOLDER, Site, request
from tests.web.test_run_page import logged


class Told(Hub):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[str, Any]] = []

    def publish(self, event: str, data: Any) -> None:
        self.messages.append((event, data))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def tails(site: Site, told: Told) -> Tails:
    """Of a site with a run under way."""
    site.tick(request("r"))
    site.start_run("r")
    return Tails(site.store, told)


def write(site: Site, first: int = 0) -> None:
    site.store.runs.append_run_entries(site.name, "r", HOLDER, first, [logged("x")])


def read(site: Site) -> str:
    run = site.store.runs.run(site.name, "r")
    assert run is not None
    return site.store.runs.run_log_after(site.name, run, "0-0")[1]


def test_a_line_is_told_once(site: Site, tails: Tails, told: Told):
    """To whoever shows that run."""
    tails.watch(site.name, "r", read(site))
    write(site)
    assert tails.look(1)
    assert tails.look(1)
    assert told.messages == [("topics", ["run:r"])]


def test_what_was_read_meanwhile_is_not_told_again(site: Site, tails: Tails, told: Told):
    """The page has it."""
    tails.watch(site.name, "r", read(site))
    write(site)
    tails.watch(site.name, "r", read(site))
    tails.look(1)
    assert told.messages == []


def test_nothing_is_watched_that_nobody_reads_any_more(
    site: Site, tails: Tails, monkeypatch: pytest.MonkeyPatch
):
    """Nor is there any work without a reader."""
    assert not tails.look(1)
    monkeypatch.setattr(module, "WATCHED_S", -1)
    tails.watch(site.name, "r", "0-0")
    assert not tails.look(1)


def test_only_so_many_logs_are_watched(
    site: Site, tails: Tails, told: Told, monkeypatch: pytest.MonkeyPatch
):
    """Those that were read last."""
    monkeypatch.setattr(module, "WATCHED_MAX", 1)
    tails.watch(site.name, "r", "0-0")
    tails.watch(site.name, "other", "0-0")
    tails.look(1)
    assert told.messages == []
