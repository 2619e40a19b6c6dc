"""Where one request ends and the next begins: the real gunicorn, with our configuration, never sees two in one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\n"
HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
AMBIGUOUS = {
    "a length beside chunks": f"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a list of lengths": f"Content-Length: 0, {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a length with a sign": f"Content-Length: +0\r\n\r\n{HIDDEN}",
    "an unknown coding": f"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "chunked twice": f"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a blank before the colon": f"Content-Length : {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a folded line": f"X-One: 1\r\n Content-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _said(port: int, message: str) -> bytes:
    """All that is answered until the server hangs up or falls silent."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(1)
        connection.sendall(message.encode())
        answer = b""
        with suppress(TimeoutError, ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
    return answer


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Gunicorn as in production, before an application that answers everything with 404."""
    number = _free_port()
    words = ["-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{number}", 'flask:Flask("nothing")']
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *words], cwd=PROJECT, env=os.environ, stdout=quiet, stderr=quiet
    )
    try:
        end = time.monotonic() + 20
        while True:
            with suppress(ConnectionRefusedError):
                _said(number, "GET / HTTP/1.0\r\n\r\n")
                break
            assert time.monotonic() < end
            time.sleep(0.05)
        yield number
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("message", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_a_message_of_two_readings_is_refused_and_the_connection_closed(port: int, message: str) -> None:
    answer = _said(port, HEAD + message)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b" 404 " not in answer.splitlines()[0], "the application was asked"


def test_two_whole_requests_are_two(port: int) -> None:
    """Else the tests above would prove nothing."""
    whole = f"{HEAD}Content-Length: 3\r\n\r\nx=1"
    assert _said(port, whole).count(b"HTTP/1.1 404 ") == 1
    assert _said(port, whole + HIDDEN).count(b"HTTP/1.1 404 ") == 2
