"""Every setting: read once, from ``SENSORS_…`` variables or the ``[tool.sensors]`` table."""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
)

from sensors_app.errors import SettingsError
from sensors_app.model.external import LOCATION_NAME
from sensors_app.storage.base import DAY_MS, StoreLimits

STATE_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class Settings(BaseSettings):
    """The settings of one process. A variable of the environment wins over ``pyproject.toml``."""

    model_config = SettingsConfigDict(
        env_prefix="SENSORS_",
        pyproject_toml_table_header=("tool", "sensors"),
        extra="forbid",
        frozen=True,
        # Errors end in logs, and values may be passwords.
        hide_input_in_errors=True,
    )

    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        repr=False,
        description="Server of the state: redis://, rediss://, unix:// or "
        "sentinel://host:port,host:port/service/db.",
    )
    broker_url: str = Field(
        default="",
        repr=False,
        description="Celery's broker: Redis or RabbitMQ (amqp://). "
        "Default: the next database of the state's server.",
    )
    key_prefix: str = Field(
        default="sensors",
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="What every key and queue begins with.",
    )
    locations: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description="Code locations, as name=module,name=module.",
    )
    code_version: str = Field(
        default="",
        description="Version of the code that workers register. Default: a digest of it.",
    )
    tick_max_count: int = Field(default=1000, ge=1, description="Ticks kept of each sensor.")
    tick_max_age_days: float = Field(default=7, gt=0, description="How long a tick is kept, days.")
    tick_max_listed: int = Field(
        default=100, ge=0, description="Run ids and run keys listed in a tick; it counts them all."
    )
    tick_log_max_bytes: int = Field(
        default=65_536, ge=0, description="How much of what a tick logs is kept, bytes."
    )
    cursor_max_bytes: int = Field(
        default=262_144, ge=1, description="The largest cursor that a tick may leave, bytes."
    )
    run_max_age_days: float = Field(
        default=30, gt=0, description="How long an ended run and its log are kept, days."
    )
    run_log_max_lines: int = Field(
        default=10_000, ge=0, description="How many lines logged in a run are kept."
    )
    run_heartbeat_seconds: float = Field(
        default=5,
        gt=0,
        description="How often a worker says that its runs are alive; "
        "a run fails after three times as long without a word.",
    )
    cancel_grace_seconds: float = Field(
        default=15,
        gt=0,
        description="How long a run that is canceled, or past its maximum runtime, may take to "
        "clean up before its process is killed.",
    )
    worker_heartbeat_seconds: float = Field(
        default=3,
        gt=0,
        description="How often a worker says that it is alive; it is taken for dead after five "
        "times as long without a word.",
    )
    claim_resend_seconds: float = Field(
        default=10, gt=0, description="After how long a claim that nobody has begun is sent again."
    )
    claim_window: int = Field(
        default=16,
        ge=1,
        description="How many claims may wait for each process that evaluates; the others stay "
        "due in the store.",
    )
    launch_window: int = Field(
        default=1000, ge=1, description="How many runs of a location may wait in the broker."
    )
    launch_resend_seconds: float = Field(
        default=5,
        gt=0,
        description="After how long a launch that nobody took up is sent again, if its queue is "
        "empty; after a hundred times as long in any case.",
    )
    reaction_window: int = Field(
        default=1000,
        ge=1,
        description="How many calls for events may wait in a location before listeners leave "
        "further events in their streams.",
    )
    reaction_loop_max: int = Field(
        default=10,
        ge=1,
        description="How often a sensor may be called on the way to a run for which it requests "
        "another; the next request is held as a dead letter.",
    )
    hard_limit_margin_seconds: float = Field(
        default=15,
        gt=0,
        description="How long after its time limit a sensor's process is killed.",
    )
    beat_interval_seconds: float = Field(
        default=0.1, gt=0, le=5, description="The longest time that beat sleeps between two looks."
    )
    task_events: bool = Field(
        default=False, description="Whether Celery sends the events that Flower shows (costly)."
    )
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

    @field_validator("locations", mode="before")
    @classmethod
    def _parse_locations(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        named = dict(part.split("=", 1) for part in parts if "=" in part)
        if len(named) != len(parts):
            raise ValueError(
                f"{value!r} is not of the form name=module,name=module, each name once"
            )
        return {name.strip(): module.strip() for name, module in named.items()}

    @field_validator("locations")
    @classmethod
    def _check_locations(cls, value: dict[str, str]) -> dict[str, str]:
        for name, module in value.items():
            if not LOCATION_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no location name: use letters, digits and _ . -")
            if not all(part.isidentifier() for part in module.split(".")):
                raise ValueError(f"{module!r} is no module name, such as package.module")
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: str) -> str:
        if not value.startswith(STATE_SCHEMES):
            raise ValueError(f"the URL must begin with one of {', '.join(STATE_SCHEMES)}")
        return value

    @model_validator(mode="after")
    def _require_a_broker(self) -> "Settings":
        if not self.broker_url and not self.redis_url.startswith(("redis://", "rediss://")):
            raise ValueError("set SENSORS_BROKER_URL: it can only be derived from a redis:// URL")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then ``pyproject.toml`` of the folder one is in."""
        return init_settings, env_settings, PyprojectTomlConfigSettingsSource(settings_cls)

    @property
    def effective_broker_url(self) -> str:
        """The broker's URL; by default the next database of the state's server."""
        if self.broker_url:
            return self.broker_url
        parts = urlsplit(self.redis_url)
        db = parts.path.strip("/") or "0"
        return urlunsplit(parts._replace(path=f"/{int(db) + 1}"))

    @property
    def limits(self) -> StoreLimits:
        """What of the settings the store goes by."""
        return StoreLimits(
            tick_max_count=self.tick_max_count,
            tick_max_age_ms=round(self.tick_max_age_days * DAY_MS),
            tick_max_listed=self.tick_max_listed,
            run_max_age_ms=round(self.run_max_age_days * DAY_MS),
            claim_resend_ms=round(self.claim_resend_seconds * 1000),
            # What is killed at the hard limit reports itself; past this margin nobody will.
            tick_grace_ms=round(self.hard_limit_margin_seconds * 2000),
            run_claim_ms=round(self.run_heartbeat_seconds * 3000),
            worker_ttl_ms=round(self.worker_heartbeat_seconds * 5000),
            sent_window=self.launch_window,
        )

    def queue(self, location: str, role: str) -> str:
        """Return the name of the queue of a location's workers of a role."""
        return f"{self.key_prefix}.{location}.{role}"


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
