"""Requests made up from the OpenAPI document, for as long as is wanted: `make fuzz`, and a short run among the tests.

Schemathesis makes them, and holds each answer to the document: its status, media type, headers and body.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from prometheus_client.parser import text_string_to_metric_families

from app.database import writable_engine
from app.loader.load import load
from app.settings import Settings
from tests.conftest import CATALOGUE, SEED_DATA, serving

SCHEMATHESIS = Path(sys.executable).with_name("st")
BY_DESIGN = "positive_data_acceptance"
"""What has the right form is refused all the same where it means nothing: a slug of no record, a cursor of another query."""


CONFIGURATION = """\
[checks.negative_data_rejection]
expected-statuses = ["400", "404", "406", "414", "422", "429", "5xx"]
"""
"""What is wrong may also be refused for its length."""


@dataclass(frozen=True)
class Found:
    """What came of it."""

    requests: int
    faults: int
    """Answers with a status of 500 and above."""
    violations: Counter[str]
    """Answers that are not as documented, by what is wrong."""
    said: str

    def __str__(self) -> str:
        wrong = ", ".join(f"{count} {what}" for what, count in self.violations.items()) or "none"
        return f"{self.requests:,} requests, {self.faults} answers of 5xx, violations of the schema: {wrong}"


def fuzz(base: str, seconds: int, *options: str) -> Found:
    """Ask a server at random, for about so long."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        (Path(folder) / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        how = ["--max-time", str(seconds), "--exclude-checks", BY_DESIGN, "--continue-on-failure", "--no-color"]
        command = [str(SCHEMATHESIS), "run", f"{base}/openapi.json", *how, "--report-json-path", str(report), *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if not report.exists():
            raise SystemExit(f"schemathesis did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        failures = orjson.loads(report.read_bytes())["failures"]
    return Found(*_counted(base), Counter(map(_name, failures)), done.stdout)


def _counted(base: str) -> tuple[int, int]:
    """By the server itself."""
    families = text_string_to_metric_families(httpx.get(f"{base}/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == "casebook_requests_total"]
    faults = sum(sample.value for sample in samples if sample.labels["status"] >= "500")
    return int(sum(sample.value for sample in samples)), int(faults)


def _name(failure: dict[str, Any]) -> str:
    return str(failure.get("title") or failure.get("code"))


def main() -> None:
    """For FUZZ_MINUTES, with an exit status of 1 where anything was found."""
    minutes = float(os.environ.get("FUZZ_MINUTES", "10"))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/casebook.sqlite3"
        engine = writable_engine(url)
        load(engine, SEED_DATA, CATALOGUE)
        engine.dispose()
        with serving(Settings(database_url=url)) as base:
            found = fuzz(base, round(minutes * 60))
    wrong = bool(found.faults or found.violations)
    sys.stdout.write(f"{found.said if wrong else ''}{found}\n")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
