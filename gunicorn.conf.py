"""How gunicorn serves the application; every value is read by gunicorn by its name."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

# Behind this machine's proxy in production, for this machine only in development. A container says `-b 0.0.0.0:8080`.
bind = f"127.0.0.1:{os.environ.get('PORT') or '8080'}"
workers = 2
# Threads, for a browser's idle spare connections would each hold a whole sync worker, and there may be no proxy.
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 4
# A worker that is loaded before the fork would share connections and locks with its brothers.
preload_app = False
# The application logs each request itself, by its route: tokens stand in paths.
accesslog = None
errorlog = "-"
loglevel = "warning"
# Forwarded headers are the application's matter (PROXY_HOPS).
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
control_socket_disable = True

PR_SET_PDEATHSIG = 1


def on_starting(_server: Any) -> None:
    """Serve no installation that is unfit for production, however gunicorn was started (R89)."""
    if os.environ.get("IMI_ENV", "").strip() == "development":
        return
    words = [sys.executable, "-m", "flask", "--app", "app", "imi", "check"]
    done = subprocess.run(words, cwd=Path(__file__).resolve().parent, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:  # the check has said why
        sys.exit(1)


def post_fork(_server: Any, _worker: Any) -> None:
    """Let the worker end with gunicorn's master, also when that is killed -9."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
