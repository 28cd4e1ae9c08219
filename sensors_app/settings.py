"""Every setting: read once, from ``SENSORS_…`` variables or the ``[tool.sensors]`` table."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from sensors_app.errors import SettingsError
from sensors_app.state_settings import StateSettings


class Settings(StateSettings):
    """The settings of one process. A variable of the environment wins over ``pyproject.toml``."""

    web_host: str = Field(
        default="127.0.0.1", description="Where the pages are served; elsewhere needs accounts."
    )
    web_port: int = Field(default=3070, ge=0, le=65_535, description="Port of the pages.")
    web_prefix: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9_.-]+)*$",
        description="What the path of every page begins with, such as /sensors.",
    )
    web_read_only: bool = Field(
        default=False, description="Whether nothing can be changed through pages and API."
    )
    auth: str = Field(
        default="",
        repr=False,
        description="Who may log in: role:name:secret,… with role viewer or operator. A program "
        "sends its secret as a bearer token.",
    )
    auth_proxy_header: str = Field(
        default="", description="Header in which a proxy says who it has logged in."
    )
    auth_proxy_from: str = Field(
        default="127.0.0.1,::1", description="Addresses whose word is taken for that header."
    )
    auth_proxy_role: Literal["viewer", "operator"] = Field(
        default="viewer", description="What those may do whom the proxy has logged in."
    )
    push_secret: str = Field(
        default="",
        repr=False,
        description="Signs events that are pushed to sensors; several with commas, while one is "
        "replaced. Default: nothing can be pushed.",
    )
    push_max_bytes: int = Field(
        default=262_144, ge=1, le=16_777_216, description="The largest pushed event, bytes."
    )
    push_max_waiting: int = Field(
        default=1000, ge=1, description="How many pushed events may wait for one sensor."
    )
    push_per_second: float = Field(
        default=100,
        gt=0,
        description="How many events may be pushed to one sensor in a second; as many as in ten "
        "may come at once.",
    )
    metrics_per_sensor: int = Field(
        default=2000,
        ge=0,
        description="Up to how many sensors metrics tell of each by itself; of more, they tell of "
        "each code location.",
    )
    otel: bool = Field(
        default=False,
        description="Whether workers trace with OpenTelemetry (the extra 'otel'); the standard "
        "OTEL_… variables say where to.",
    )
    flower_port: int = Field(
        default=5555, ge=0, le=65_535, description="Port of Flower in 'sensors dev'; 0: none."
    )
    flower_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Where people find Flower, for links to its tasks, such as "
        "http://flower.example:5555; without one there are no links.",
    )
    dev_port: int = Field(
        default=6390, ge=1, le=65_535, description="Port of the server in 'sensors dev'."
    )
    dev_dir: Path = Field(
        default=Path(".sensors"), description="Where 'sensors dev' keeps its data."
    )


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Args:
        overrides: Values that win over the environment.

    Raises:
        SettingsError: naming each variable that is wrong, and how.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            name = f"SENSORS_{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
            lines.append(f"  {name}{fault['msg'].removeprefix('Value error, ')}")
        raise SettingsError("These settings are wrong:\n" + "\n".join(lines)) from error
