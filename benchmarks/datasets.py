"""The files to measure on: one a size, synthesized where it is missing or made otherwise than now."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import ROOT

FOLDER = ROOT / "data" / "bench"
COMMAND = Path(sys.executable).with_name("casebook")


def dataset(records: int) -> Path:
    """The file with so many records."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{records}.sqlite3"
    command = [str(COMMAND), "synthesize", "--records", str(records)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"CASEBOOK_DATABASE_URL": f"sqlite:///{file}"}, check=True)
    return file
