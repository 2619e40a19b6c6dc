"""Where a run keeps what it makes, and where it finds the programmes it starts."""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
# Beside var/, not in it: all in var/ must belong to who runs the product, and PostgreSQL, started by root, is not he.
KEPT = PROJECT / "var-bench"
RESULTS = PROJECT / "var" / "bench"
PYTHON = sys.executable
PEERS_PYTHON = str(PROJECT / ".venv-bench" / "bin" / "python")
