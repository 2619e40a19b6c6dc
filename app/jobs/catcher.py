"""The mail catcher of a development machine: `python -m app.jobs.catcher`. Takes every mail and keeps it as a file.

No mail leaves the machine; `/dev/mails` shows them. In production it refuses to start (R89).
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

import config
from app import clock

HOST = "127.0.0.1"


class Keeper:
    """Writes each mail into a file of its own, whole or not at all, readable to the owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Called by aiosmtpd when a mail has come in."""
        self.keep(envelope.content)
        return "250 Kept"

    def keep(self, content: bytes) -> Path:
        """The file: its name begins with the time, so that names sort by age."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        draft = self._folder / f".{name}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return draft.rename(self._folder / f"{name}.eml")


def main() -> None:
    """Catch until SIGTERM or Ctrl-C."""
    settings = config.settings()
    if settings["IMI_ENV"] != "development":
        sys.stderr.write("The mail catcher is for development only; IMI_ENV says production.\n")
        sys.exit(2)
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    catcher = Controller(Keeper(Path(settings["APP_VAR"]) / "mails"), hostname=HOST, port=settings["MAIL_PORT"])
    catcher.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    catcher.stop()


if __name__ == "__main__":
    main()
