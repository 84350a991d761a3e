"""Settings, read from environment variables with the prefix `CASEBOOK_`. All have defaults."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_PACKAGE = Path(__file__).resolve().parent
_PACKAGED_DATA = _PACKAGE / "_data"
ROOT = _PACKAGED_DATA if _PACKAGED_DATA.is_dir() else _PACKAGE.parent
"""The folder with `migrations` and `seed_data`: the repository in a checkout, where the wheel has put them when installed."""

KEPT_RELEASES = 100
PREFIX = "CASEBOOK_"
FOLDER_VARIABLE = f"{PREFIX}WORKERS_FOLDER"
DRIVERS = ("sqlite", "postgresql+psycopg")


class Settings(BaseSettings):
    """The settings of a process. Frozen: created once, where the process starts, and passed on."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: str = Field(
        default="sqlite:///data/casebook.sqlite3",
        description="SQLAlchemy URL of the database: an SQLite file, or postgresql+psycopg://user@host/database.",
    )
    load_url: str | None = Field(
        default=None,
        description="URL that `casebook load` uses, if it needs another user or host than `database_url` names.",
    )
    seed_data: Path = Field(default=ROOT / "seed_data", description="Folder of the packs from which the database is built.")
    query_seconds: float = Field(
        default=5.0, gt=0, le=300, description="Time limit for the SQL statements of one request, in seconds."
    )
    pool_size: int = Field(default=4, ge=1, le=100, description="PostgreSQL connections held by each process.")
    queue: int = Field(
        default=64, ge=0, le=100_000, description="Requests that may wait in the queue; further ones are refused with 503."
    )
    rate_limit: str | None = Field(
        default=None,
        pattern=r"^[1-9]\d{0,8}/(second|minute|hour)$",
        description="Requests allowed per client address, such as `100/minute` (or `second`, `hour`); unlimited if not set.",
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=300,
        description="Seconds after SIGTERM during which requests are still answered, while `/health/ready` returns 503.",
    )
    kept_releases: int = Field(
        default=KEPT_RELEASES,
        ge=1,
        le=10_000,
        description="Releases, including the current one, since which `/v1/changes` can list changes.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="Format of log lines; `auto` is text on a terminal and JSON elsewhere."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = Field(
        default="info", description="Lowest level that is logged."
    )
    access_log: bool = Field(default=False, description="Whether to log every request.")
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path of the service behind a proxy, such as `/casebook`; URLs in responses begin with it.",
    )
    trust_forwarded_prefix: bool = Field(
        default=False,
        description="Take that path from `X-Forwarded-Prefix`. Only behind a proxy that sets or removes this header.",
    )
    admin_port: int | None = Field(
        default=None, ge=1, le=65535, description="Second port, for probes and metrics; the main port then serves no metrics."
    )
    workers_folder: Path | None = Field(
        default=None,
        description="Folder in which several workers share their metrics; `casebook serve` creates it and sets this.",
    )
    cache_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="Memory for the response cache of each process, in bytes; 0 turns the cache off.",
    )

    @field_validator("database_url", "load_url")
    @classmethod
    def _has_a_driver(cls, url: str | None, info: ValidationInfo) -> str | None:
        if not url and info.field_name == "load_url":
            return None
        try:
            driver = make_url(url or "").drivername
        except (ArgumentError, ValueError):  # the latter quotes what stands for the port: perhaps part of a password
            driver = ""
        if driver not in DRIVERS:
            raise ValueError("should be like sqlite:///data/casebook.sqlite3 or postgresql+psycopg://user@host/database")
        return url

    @property
    def writing_url(self) -> str:
        """The URL of the database that is migrated and loaded."""
        return self.load_url or self.database_url
