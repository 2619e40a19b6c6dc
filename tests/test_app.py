"""What the process says of its own doings, wherever the machine stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import PROJECT

SAYS = (
    "import logging; from app import create_app; create_app(); logging.getLogger('app.jobs').info('Something was done')"
)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_the_process_log_is_in_utc_and_says_so(tmp_path: Path, zone: str) -> None:
    """So that it can be laid beside the log of acts, whose moments are in UTC."""
    environ = {**os.environ, "IMI_ENV": "development", "APP_VAR": str(tmp_path / "var"), "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", SAYS], cwd=PROJECT, env=environ, capture_output=True, text=True, check=True
    )
    line = re.search(r"^(\S+)Z INFO app\.jobs Something was done$", done.stderr, re.MULTILINE)
    assert line is not None, done.stderr
    said = datetime.fromisoformat(line[1]).replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=5)
