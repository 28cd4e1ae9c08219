"""The settings of what sensors and runs need: store, broker, code, and how much is kept."""

from dataclasses import replace
from typing import Annotated, Any, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
)

from sensors_app.model.external import LOCATION_NAME
from sensors_app.model.retention import NAMES, check_retention, parse_retention
from sensors_app.storage.base import DAY_MS, StoreLimits
from sensors_app.work_settings import WorkSettings

STATE_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class StateSettings(WorkSettings):
    """Those settings; the class that adds the others is the one that is read."""

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
    run_max_count: int = Field(
        default=100_000,
        ge=1,
        description="Runs kept of each code location, the newest; those under way are kept anyway.",
    )
    run_max_age_days: float = Field(
        default=30, gt=0, description="How long an ended run and its log are kept, days."
    )
    run_log_max_lines: int = Field(
        default=10_000, ge=0, description="How many lines logged in a run are kept."
    )
    run_log_max_age_days: float = Field(
        default=30,
        gt=0,
        description="How long the log of an ended run is kept, days; it goes with the run at last.",
    )
    event_max_count: int = Field(
        default=100_000,
        ge=1,
        description="Events kept of each code location; those that a sensor is still to get are "
        "kept anyway.",
    )
    event_max_age_days: float = Field(
        default=30, gt=0, description="How long an event is kept, days, if every sensor got it."
    )
    audit_max_count: int = Field(
        default=10_000,
        ge=1,
        description="How much of what people did is kept of each code location.",
    )
    audit_max_age_days: float = Field(
        default=365, gt=0, description="How long what people did is kept, days."
    )
    retention: Annotated[dict[str, dict[str, float]], NoDecode] = Field(
        default_factory=dict,
        description="What is kept otherwise in some code locations, as LOCATION:NAME=NUMBER,… with "
        f"the names {', '.join(NAMES)}. In pyproject.toml: [tool.sensors.retention.LOCATION].",
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

    @field_validator("retention", mode="before")
    @classmethod
    def _parse_retention(cls, value: Any) -> Any:
        return parse_retention(value) if isinstance(value, str) else value

    @field_validator("retention")
    @classmethod
    def _check_retention(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        check_retention(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: str) -> str:
        if not value.startswith(STATE_SCHEMES):
            raise ValueError(f"the URL must begin with one of {', '.join(STATE_SCHEMES)}")
        return value

    @model_validator(mode="after")
    def _require_a_broker(self) -> Self:
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

    def of(self, location: str) -> Self:
        """Return the settings as they are for a code location."""
        own = self.retention.get(location, {})
        return self.model_copy(
            update={
                NAMES[name]: number if name.endswith("_days") else int(number)
                for name, number in own.items()
            }
        )

    @property
    def limits(self) -> StoreLimits:
        """What of the settings the store goes by."""
        own = {location: self.of(location)._limits() for location in self.retention}
        return replace(self._limits(), by_location=own)

    def _limits(self) -> StoreLimits:
        return StoreLimits(
            tick_max_count=self.tick_max_count,
            tick_max_age_ms=round(self.tick_max_age_days * DAY_MS),
            tick_max_listed=self.tick_max_listed,
            run_max_count=self.run_max_count,
            run_max_age_ms=round(self.run_max_age_days * DAY_MS),
            run_log_max_age_ms=round(self.run_log_max_age_days * DAY_MS),
            events_max_count=self.event_max_count,
            events_max_age_ms=round(self.event_max_age_days * DAY_MS),
            audit_max_count=self.audit_max_count,
            audit_max_age_ms=round(self.audit_max_age_days * DAY_MS),
            quick_ms=round(self.quick_seconds * 1000),
            backoff_after=self.failure_backoff_after,
            backoff_max_ms=round(self.failure_backoff_max_seconds * 1000),
            max_requests=self.max_requests_per_tick,
            unusual_factor=self.unusual_requests_factor,
            unusual_floor=self.unusual_requests_floor,
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
