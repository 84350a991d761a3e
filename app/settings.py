"""Settings, read from environment variables with the prefix `CASEBOOK_`. All have defaults."""

import re
from collections.abc import Mapping
from functools import partial
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
RATE = r"[1-9]\d{0,8}/(second|minute|hour)"

LOG_LEVELS = {"warn": "warning", "err": "error", "critical": "error", "fatal": "error", "trace": "debug", "notice": "info"}
LOG_FORMATS = {"plain": "text", "console": "text", "pretty": "text", "rich": "text", "jsonl": "json", "jsonlines": "json"}
"""What others call a level or format, and what it is called here."""


def _plain_word(synonyms: Mapping[str, str], value: str) -> str:
    word = value.strip().lower()
    return synonyms.get(word, word)


class Settings(BaseSettings):
    """The settings of a process. Frozen: created once, where the process starts, and passed on."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, env_ignore_empty=True
    )

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
    log_format: Annotated[Literal["auto", "json", "text"], BeforeValidator(partial(_plain_word, LOG_FORMATS))] = Field(
        default="auto", description="Format of log lines; `auto` is text on a terminal and JSON elsewhere."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(partial(_plain_word, LOG_LEVELS))] = Field(
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
            parsed = make_url(url or "")
        except (ArgumentError, ValueError):  # the latter quotes what stands for the port: perhaps part of a password
            parsed = None
        if parsed is None or parsed.drivername not in DRIVERS:
            raise ValueError("must be like sqlite:///data/casebook.sqlite3 or postgresql+psycopg://user@host/database")
        if parsed.drivername == "sqlite" and (parsed.host or parsed.username or parsed.port):
            raise ValueError(
                "must have three slashes before a relative path, sqlite:///data/..., and four before an absolute one"
            )
        return url

    @field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, rate: str | None) -> str | None:
        if rate is not None and not re.fullmatch(RATE, rate, re.ASCII):
            raise ValueError("must be a number of requests per second, minute or hour, such as 100/minute")
        return rate

    @property
    def writing_url(self) -> str:
        """The URL of the database that is migrated and loaded."""
        return self.load_url or self.database_url
