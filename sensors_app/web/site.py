"""What every page and every call of the API works with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sensors_app.settings import Settings
from sensors_app.storage.store import Store
from sensors_app.web.auth import Guard, User
from sensors_app.web.health import HealthWatch
from sensors_app.web.history import TickHistory
from sensors_app.web.live import Hub
from sensors_app.web.overview import Overview
from sensors_app.web.tails import Tails


@dataclass(frozen=True, slots=True)
class Site:
    """The web process's own.

    Args:
        settings: The settings.
        store: The state.
        guard: Decides who a request is from.
        overview: All sensors.
        health: Whether everything is there that they need.
        hub: Tells browsers what happens.
        tails: Watches the logs that somebody reads.
        history: The kept ticks of the sensors that somebody looks at.
    """

    settings: Settings
    store: Store
    guard: Guard
    overview: Overview
    health: HealthWatch
    hub: Hub
    tails: Tails
    history: TickHistory


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _user(request: Request) -> User:
    user: User = request.state.user
    return user


ThisSite = Annotated[Site, Depends(_site)]
ThisUser = Annotated[User, Depends(_user)]
