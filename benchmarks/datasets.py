"""The database files to measure on, one for each size."""

import os
import subprocess
from pathlib import Path

from benchmarks.casebook import COMMAND
from benchmarks.servers import ROOT

FOLDER = ROOT / "data" / "bench"


def synthesized_file(records: int) -> Path:
    """Return the file with this many records, synthesized if it is missing or was made by another version."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{records}.sqlite3"
    command = [str(COMMAND), "synthesize", "--records", str(records)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"CASEBOOK_DATABASE_URL": f"sqlite:///{file}"}, check=True)
    return file
