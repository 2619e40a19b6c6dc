"""What is unfit for production is refused by both doors, `flask imi check` and `run.py`, as an operator meets them."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.extensions import db as _db
from config import PROJECT
from tests.conftest import application_over
from tests.make import Maker
from tests.servers import free_port
from tests.test_config import LOG_KEY, MAIL_KEYS, PRODUCTION

# Settings are read before any database is asked: one of the two is enough.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

DOORS = {
    "check": [sys.executable, "-m", "flask", "--app", "app", "imi", "check"],
    "run.py": [sys.executable, "run.py"],
}
# The container's commands, which nothing checks before them.
SERVERS = {
    "gunicorn": [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"],
    "worker": [sys.executable, "-m", "app.jobs.worker"],
    "scheduler": [sys.executable, "-m", "app.jobs.scheduler"],
}
# Each clause of R89 that a setting can break: the setting, its value, and what is said of it.
UNFIT = [
    ("FLASK_DEBUG", "1", "FLASK_DEBUG is on"),
    ("SECRET_KEY", "", "SECRET_KEY is missing"),
    ("SECRET_KEY", "a" * 64, "SECRET_KEY is too weak"),
    ("SECRET_KEY", LOG_KEY, "LOG_KEY holds a key that stands in SECRET_KEY already"),
    ("MAIL_KEY", "", "MAIL_KEY is missing"),
    ("MAIL_KEY", base64.b64encode(bytes(32)).decode(), "MAIL_KEY must be base64 of 32 random bytes"),
    ("LOG_KEY", "", "LOG_KEY is missing"),
    ("LOG_KEY", base64.b64encode(b"short").decode(), "LOG_KEY must be base64 of 32 random bytes"),
    ("LOG_KEY", "…", "LOG_KEY still holds the … of the documentation"),
    ("PUBLIC_URL", "", "PUBLIC_URL is missing"),
    ("PUBLIC_URL", "http://imi.example.dk", "PUBLIC_URL is 'http://imi.example.dk', but must begin with https://"),
    ("TRUSTED_HOSTS", "", "TRUSTED_HOSTS is missing"),
    ("TRUSTED_HOSTS", ".dk", "TRUSTED_HOSTS must be host names"),
    ("TRUSTED_HOSTS", "other.dk", "TRUSTED_HOSTS lacks 'imi.example.dk', the host of PUBLIC_URL"),
    ("PROXY_HOPS", "", "PROXY_HOPS is missing"),  # else all would have the proxy's address
    ("SMTP_HOST", "", "SMTP_HOST is missing"),  # else the catcher would take the mails
    ("SMTP_SECURITY", "none", "SMTP_SECURITY is 'none', but production sends mail only over starttls or tls"),
    ("REDIS_URL", "", "REDIS_URL is missing"),  # else the embedded queue would be used
    ("REDIS_URL", "redis://:k@127.0.0.1:6379", "REDIS_URL must be rediss:// with a password"),
    ("REDIS_URL", "rediss://queue.example.dk", "REDIS_URL must be rediss:// with a password"),
    ("REDIS_URL", "rediss://:k@queue.example.dk?ssl_cert_reqs=none", "REDIS_URL says ssl_cert_reqs=none"),
    ("ALLOW_SQLITE", "", "DATABASE_URL is SQLite, but production needs postgresql://"),
    ("IMI_ENV", "Production", "IMI_ENV is 'Production', but must be one of: development, production"),
]


class Installation:
    """Settings fit for production, in a folder of its own: as given by who sets no IMI_ENV."""

    def __init__(self, folder: Path, url: str) -> None:
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        here = {"APP_VAR": str(folder / "var"), "DATABASE_URL": url, "ALLOW_SQLITE": "1", "PORT": str(free_port())}
        self.environ = {**keep, **PRODUCTION, "MAIL_KEY": MAIL_KEYS[0], **here}

    def ask(self, door: str, **more: str) -> tuple[int, str]:
        """How it ends, and what it says, by a door or a command."""
        words = {**DOORS, **SERVERS}.get(door) or [*DOORS["check"][:-1], door]
        done = subprocess.run(
            words, cwd=PROJECT, env={**self.environ, **more}, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def url(new_database: Callable[..., str], template_database: str) -> str:
    return new_database(template_database)


@pytest.fixture
def installation(tmp_path: Path, url: str) -> Installation:
    return Installation(tmp_path, url)


@pytest.fixture
def with_demo_account(url: str) -> None:
    application = application_over(url)
    with application.app_context():
        make = Maker()
        make.user(make.authority(), username="nimicdk001")
        _db.session.commit()
        _db.session.remove()
        _db.engine.dispose()


@pytest.mark.rule("R89")
@pytest.mark.parametrize("environment", [{}, {"IMI_ENV": "production"}, {"IMI_ENV": " "}])
def test_what_is_fit_is_let_through(installation: Installation, environment: dict[str, str]) -> None:
    """Else the refusals below would prove nothing."""
    assert installation.ask("check", **environment) == (0, "The installation is fit to run.\n")
    with socket.create_server(("127.0.0.1", int(installation.environ["PORT"]))):
        code, said = installation.ask("run.py", **environment)
    assert (code, "is taken by another program" in said) == (1, True), said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("name", "value", "says"), UNFIT)
def test_what_is_unfit_is_refused_in_one_sentence_that_names_it(
    installation: Installation, door: str, name: str, value: str, says: str
) -> None:
    code, said = installation.ask(door, **{name: value})
    assert code != 0
    assert says in said
    assert len(said.strip().splitlines()) == 1, said  # no traceback, nothing else
    assert not (Path(installation.environ["APP_VAR"]) / "keys").exists()  # production makes no keys


@pytest.mark.rule("R89")
def test_the_debugger_cannot_be_asked_for_by_an_option(installation: Installation) -> None:
    words = [*DOORS["check"][:3], "--debug", *DOORS["check"][3:]]
    done = subprocess.run(words, cwd=PROJECT, env=installation.environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "FLASK_DEBUG is on" in done.stderr


@pytest.mark.rule("R89")
@pytest.mark.parametrize("door", DOORS)
def test_a_database_with_demo_accounts_is_refused(
    with_demo_account: None, installation: Installation, door: str
) -> None:
    code, said = installation.ask(door)
    assert code == 1
    assert "There are demo accounts in the database" in said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("server", SERVERS)
def test_no_server_starts_over_demo_accounts(with_demo_account: None, installation: Installation, server: str) -> None:
    for environment in ({}, {"IMI_ENV": "production"}):
        code, said = installation.ask(server, **environment)
        assert code == 1, said
        assert said.startswith("There are demo accounts in the database")
        assert len(said.strip().splitlines()) == 1, said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("server", SERVERS)
def test_no_server_starts_over_a_database_that_is_not_migrated(
    tmp_path: Path, empty_database: Callable[[], str], server: str
) -> None:
    code, said = Installation(tmp_path, empty_database()).ask(server)
    assert code == 1, said
    assert "stands at migration none" in said
    assert len(said.strip().splitlines()) == 1, said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("server", SERVERS)
def test_no_server_starts_with_a_wrong_setting(installation: Installation, server: str) -> None:
    code, said = installation.ask(server, PROXY_HOPS="")
    assert code == 1, said
    assert said.removeprefix("Error: ").startswith("PROXY_HOPS is missing")
    assert len(said.strip().splitlines()) == 1, said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("server", SERVERS)
def test_what_is_fit_is_served(installation: Installation, server: str) -> None:
    """Else the refusals above would prove nothing."""
    words, environ = SERVERS[server], installation.environ
    process = subprocess.Popen(words, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(12)
    finally:
        process.kill()
        process.wait()


@pytest.mark.rule("R89")
def test_there_is_no_command_that_makes_demo_accounts(installation: Installation) -> None:
    code, said = installation.ask("demo")
    assert code == 2
    assert "No such command 'demo'" in said


@pytest.mark.rule("R89")
@pytest.mark.parametrize("door", DOORS)
def test_what_lies_open_in_var_is_closed_at_the_start(installation: Installation, door: str) -> None:
    var = Path(installation.environ["APP_VAR"])
    var.mkdir(mode=0o755)
    (var / "note").write_text("x", "utf-8")
    (var / "note").chmod(0o644)
    with socket.create_server(("127.0.0.1", int(installation.environ["PORT"]))):
        installation.ask(door)
    assert var.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in var.rglob("*")} == {0o600}


@pytest.mark.rule("R89")
@pytest.mark.parametrize("environment", ["development", "production"])
def test_every_page_of_development_says_what_it_is(url: str, environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    application = application_over(url, IMI_ENV=environment, DEVELOPMENT=environment == "development")
    client: Any = application.test_client()
    pages = [client.get(path) for path in ("/login/", "/login/?junk=1", "/findes-ikke")]
    assert [page.status_code for page in pages] == [200, 400, 404]
    assert {"Alt her er opdigtet" in page.text for page in pages} == {environment == "development"}
    with application.app_context():
        _db.engine.dispose()
