"""The process environment: the engine's SQLite, the pinned clock, a fixed hash seed."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
REPOSITORY = HERE.parent.parent
BUILD = HERE / "build"
FIXTURES = REPOSITORY / "fixtures"
MODELS = HERE / "models"
CONFORMANCE = REPOSITORY / "tests" / "conformance"
DATASETS = ("blog", "shop", "journal", "staff", "school", "library", "bank")


def child_environment():
    """The environment in which a worker process must start; builds the two libraries first if they are missing."""
    sqlite, clock = BUILD / "libsqlite3.so.0", BUILD / "libpinned_clock.so"
    if not (sqlite.exists() and clock.exists()):
        subprocess.run([str(HERE / "build_sqlite.sh"), str(BUILD)], check=True, stdout=sys.stderr)
    environment = dict(os.environ)
    environment.update(
        LD_LIBRARY_PATH=str(BUILD),
        LD_PRELOAD=str(clock),
        PYTHONHASHSEED="0",
        PYTHONPATH=str(HERE),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUTF8="1",
        TZ="UTC",
    )
    return environment
