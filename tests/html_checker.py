"""The Nu HTML checker, which says where a page is not the HTML that the standard knows.

It is a Java program that takes seconds to start, so there is one for all: the process that starts the tests offers it
(`offer`, by tests/servers.py), and starts it when a test first asks. `make test` fetches it; its version and what its
bytes must be stand in tests/vendor/nu/.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError

from run import bound_to_parent

JAR = Path(__file__).parent / "vendor" / "nu" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# Its grammars need a deep stack; the rest is for a quick start.
OPTIONS = ["-Xmx256m", "-Xss8m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
OFFERED_AT = "TEST_HTML_CHECKER"


def offer(at_the_end: Callable[[Callable[[], None]], None]) -> None:
    """Listen for processes that ask for the checker; `at_the_end` is told how to stop what was started."""
    listener = socket.create_server(("127.0.0.1", 0))
    at_the_end(listener.close)
    os.environ[OFFERED_AT] = str(listener.getsockname()[1])
    threading.Thread(target=_answer, args=(listener, at_the_end), daemon=True).start()


def _answer(listener: socket.socket, at_the_end: Callable[[Callable[[], None]], None]) -> None:
    while True:
        try:
            asking, _ = listener.accept()
        except OSError:  # closed in the end
            return
        with asking:
            asking.sendall(str(_started(at_the_end)).encode())


@cache
def _started(at_the_end: Callable[[Callable[[], None]], None]) -> int:
    """The port of the checker, which may still be on its way up."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    words = [*bound_to_parent(), "java", *OPTIONS, "-Dnu.validator.servlet.bind-address=127.0.0.1"]
    words += ["-cp", str(JAR), "nu.validator.servlet.Main", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    at_the_end(lambda: _end(process))
    return port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


@cache
def port() -> int:
    """Where the checker listens, or soon will; the first to ask starts it."""
    if shutil.which("java") is None:
        raise RuntimeError("The tests check pages with Java; on Debian: apt-get install default-jre-headless.")
    if not JAR.is_file():
        raise RuntimeError("The HTML checker is not there yet; `make test` fetches it (it needs npm).")
    with socket.create_connection(("127.0.0.1", int(os.environ[OFFERED_AT])), 10) as asked:
        return int(asked.recv(16))


def html_faults(html: str) -> list[str]:
    """What is wrong in a page, warnings too: the checker's sentence, and the place."""
    address = f"http://127.0.0.1:{port()}/?out=json"
    asked = urllib.request.Request(address, html.encode(), {"Content-Type": "text/html; charset=utf-8"})
    return [f"{each['message']} At: {each.get('extract', '')}" for each in _answered(asked)["messages"]]


def _answered(asked: urllib.request.Request) -> Any:
    end = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 (our own server)
                return json.load(answer)
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
