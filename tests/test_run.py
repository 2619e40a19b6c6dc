"""The real run.py and the real servers, around a stand-in application that does nothing but be there."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).parent.parent
APP = """
import click, flask
from flask.cli import AppGroup
def create_app():
    app = flask.Flask(__name__)
    app.add_url_rule("/healthz", view_func=lambda: "well")
    db, imi = AppGroup("db"), AppGroup("imi")
    db.command("upgrade")(lambda: click.echo("upgraded"))
    imi.command("first-start")(lambda: click.echo("log in as kim"))
    app.cli.add_command(db)
    app.cli.add_command(imi)
    return app
"""
JOB = "import time\ntime.sleep(600)\n"
CHILDREN = {"queue", "catcher", "web", "worker", "scheduler"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait(met: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, f"not within {seconds} seconds: {met}"
        time.sleep(0.05)


class System:
    """One copy of the tree, and what runs from it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        jobs = folder / "app" / "jobs"
        jobs.mkdir(parents=True)
        for name in ("run.py", "config.py", "gunicorn.conf.py"):
            shutil.copy(PROJECT / name, folder)
        (folder / "app" / "__init__.py").write_text(APP, "utf-8")
        for name in ("__init__", "catcher", "worker", "scheduler"):
            (jobs / f"{name}.py").write_text("" if name == "__init__" else JOB, "utf-8")

    def run(self, **more: str) -> subprocess.Popen[str]:
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ = keep | {"IMI_ENV": "development", "PORT": str(self.port), **more}
        out = subprocess.PIPE
        words = [sys.executable, "run.py"]
        return subprocess.Popen(words, cwd=self.folder, env=environ, stdout=out, stderr=out, text=True)

    def processes(self) -> dict[str, psutil.Process]:
        """The supervisor and its children, by name."""
        found: dict[str, psutil.Process] = {}
        for process in psutil.process_iter(["cmdline", "cwd"]):
            line = " ".join(process.info["cmdline"] or [])
            if process.info["cwd"] in (str(self.folder), str(self.folder / "var" / "queue")):
                found.setdefault(_name(line), process)
        return found

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b"200 OK" in connection.recv(100)
        return False

    def up(self) -> bool:
        return self.processes().keys() >= CHILDREN and self.answers()


def _name(line: str) -> str:
    names = {"valkey": "queue", "redis-server": "queue", "gunicorn": "web", "supervisord": "supervisor"}
    names |= {f"app.jobs.{job}": job for job in ("catcher", "worker", "scheduler")}
    return next((name for part, name in names.items() if part in line), line)


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "en æblekage med 100 % fløde")


@contextmanager
def _running(system: System) -> Iterator[subprocess.Popen[str]]:
    process = system.run()
    try:
        _wait(system.up)
        yield process
    finally:
        process.kill()
        process.communicate()
        _wait(lambda: not system.processes())


def test_a_killed_child_comes_back_and_a_second_start_is_refused(system: System) -> None:
    with _running(system) as first:
        second = system.run()
        _, said = second.communicate(timeout=10)
        assert second.returncode == 1
        assert (
            f"already runs from this folder. Stop it first: Ctrl-C where it was started, or: kill {first.pid}" in said
        )

        before = {name: system.processes()[name] for name in CHILDREN}
        for process in before.values():
            process.kill()
        _wait(system.up)
        assert not {process.pid for process in before.values()} & {p.pid for p in system.processes().values()}

        first.send_signal(signal.SIGINT)
        out, _ = first.communicate(timeout=12)
        assert not system.processes()
        assert "log in as kim" in out
        assert f"http://127.0.0.1:{system.port}/dev/mails" in out


@pytest.mark.rule("R89")
def test_development_listens_on_this_machine_only_and_does_not_say_what_answers(system: System) -> None:
    with _running(system):
        found = [each for process in system.processes().values() for each in process.net_connections(kind="inet")]
        assert {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        with socket.create_connection(("127.0.0.1", system.port), 1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            head = connection.recv(2000).decode().lower()
        assert re.search(r"^server: .*[0-9/]", head, re.MULTILINE) is None


def test_when_the_supervisor_is_killed_nothing_lives_on(system: System) -> None:
    with _running(system) as process:
        process.kill()
        _wait(lambda: not system.processes(), 8)
        var = system.folder / "var"
        assert var.stat().st_mode & 0o077 == 0
        assert not [path for path in var.rglob("*") if path.stat().st_mode & 0o077]


def test_a_taken_port_and_a_wrong_setting_are_told_before_anything_starts(system: System) -> None:
    with socket.create_server(("127.0.0.1", system.port)):
        taken, wrong = system.run(), system.run(PORT="many")
        assert f"Port {system.port} is taken" in taken.communicate(timeout=10)[1]
        said = wrong.communicate(timeout=10)[1]
    assert (taken.returncode, wrong.returncode) == (1, 2)
    assert said == "PORT is 'many', but must be a whole number from 1 to 65535.\n"
