"""Real parts for every test: SQLite and PostgreSQL, Valkey, a mail server; the application with production's flags."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before anything of ours is imported: a bare pytest means production, and keys would be made in the project's folder.
os.environ.setdefault("IMI_ENV", "development")
os.environ["APP_VAR"] = os.environ.get("TEST_APP_VAR") or tempfile.mkdtemp(prefix="imi-test-")

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade

from app import create_app
from app.extensions import db as _db
from config import settings
from tests import servers

DIALECTS = ("sqlite", "postgresql")
PROJECT = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.start_shared()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()
    shutil.rmtree(os.environ["APP_VAR"], ignore_errors=True)


class Client(FlaskClient):
    """A browser without scripts. Each request has an application context of its own: a shared one would share `g`, and
    with it the actor, so that the first user answered for all."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():  # what the test has made is there for the request
            _db.session.commit()
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        if has_app_context():
            _db.session.expire_all()
        return answer

    def token(self, path: str = "/login/") -> str:
        """The token of the forms of this browser."""
        page = self.get(path, follow_redirects=True).text
        return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]

    def send(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Post a form as a page does, with its token."""
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)


def application_over(url: str, **more: Any) -> Flask:
    """The application over a database, as it runs but for quick hashes and no limits."""
    laid_over = settings({**os.environ, "DATABASE_URL": url, "REDIS_URL": servers.valkey_url()})
    quick = {
        "TESTING": True,
        "PASSWORD_HASH_METHOD": "pbkdf2:sha256:1",
        "LIMIT_LOG_INS": 100_000,
        "LIMIT_SEARCHES": 100_000,
        "LIMIT_PASSWORDS": 100_000,
        "LIMIT_ACTS": 100_000,
        "LIMIT_INVITED": 100_000,
        "LIMIT_INVITATIONS": 100_000,
        "LIMIT_WRONG_LINKS": 100_000,
        "LIMIT_USER_EXPORTS": 100_000,
        "LIMIT_EXPORTS": 100_000,
    }
    # The store is shared, and people of different databases have the same numbers.
    counted = {"RATELIMIT_KEY_PREFIX": uuid.uuid4().hex}
    return create_app({**laid_over, **quick, **counted, **more})


@pytest.fixture(scope="session")
def worker() -> str:
    """A name of this worker's own, for its databases."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def new_database(dialect: str, worker: str) -> Iterator[Callable[..., str]]:
    """Make an empty database, or a copy of another one of ours; all are dropped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="imi-db-"))
    made: list[str] = []

    def make(copy_of: str | None = None) -> str:
        name = f"imi_{worker}_{uuid.uuid4().hex[:8]}"
        if dialect == "sqlite":
            if copy_of:
                shutil.copy(copy_of.removeprefix("sqlite:///"), folder / f"{name}.db")
            return f"sqlite:///{folder / name}.db"
        made.append(name)
        template = copy_of.rsplit("/", 1)[1].split("?")[0] if copy_of else "template1"
        url = servers.create_database(servers.postgres_url(), name, template)
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    yield make
    for name in made:
        servers.drop_database(servers.postgres_url(), name)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_database(new_database: Callable[..., str]) -> Callable[..., str]:
    """A factory of new, empty databases of this dialect."""
    return new_database


@pytest.fixture(scope="session")
def template_database(new_database: Callable[..., str]) -> str:
    """A database as production has it on its first day: migrated, with reference data."""
    from app.services import reference
    from app.transaction import transaction

    url = new_database()
    application = application_over(url)
    with application.app_context():
        upgrade(str(PROJECT / "migrations"))
        with transaction():
            reference.load(PROJECT / "app" / "reference")
        _leave(url)
    return url


def _leave(url: str) -> None:
    """Leave a database so that it can be copied."""
    _db.session.remove()
    if url.startswith("sqlite"):
        with _db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    _db.engine.dispose()


@pytest.fixture(scope="session")
def app(new_database: Callable[..., str], template_database: str) -> Iterator[Flask]:
    """The application over a database whose changes are always rolled back."""
    application = application_over(new_database(template_database))
    application.test_client_class = Client
    yield application
    with application.app_context():
        _db.engine.dispose()


@pytest.fixture
def db(app: Flask) -> Iterator[Any]:
    """The database, as one outer transaction that is rolled back; what a door commits is a savepoint in it."""
    yield from _rolled_back(app)


def _rolled_back(app: Flask) -> Iterator[Any]:
    with app.app_context():
        engines = _db.engines
        engine = engines[None]
        connection = engine.connect().execution_options(write=True)
        outer = connection.begin()
        engines[None] = connection
        _db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        yield _db
        _db.session.remove()
        outer.rollback()
        connection.close()
        engines[None] = engine


@pytest.fixture(scope="session")
def demo_database(new_database: Callable[..., str], template_database: str) -> str:
    """A database with the demo. Building it takes seconds: it is done once, and then copied."""
    from app.services import demo
    from app.transaction import transaction

    url = new_database(template_database)
    with application_over(url).app_context():
        with transaction():
            demo.build()
        _leave(url)
    return url


@pytest.fixture(scope="session")
def demo_app(new_database: Callable[..., str], demo_database: str) -> Iterator[Flask]:
    """The application over the demo, whose changes are always rolled back."""
    application = application_over(new_database(demo_database))
    application.test_client_class = Client
    yield application
    with application.app_context():
        _db.engine.dispose()


@pytest.fixture
def demo_db(demo_app: Flask) -> Iterator[Any]:
    """The same as `db`, with the demo in it."""
    yield from _rolled_back(demo_app)


@pytest.fixture
def real_demo_app(new_database: Callable[..., str], demo_database: str) -> Iterator[Flask]:
    """The same as `real_app`, with the demo in it."""
    yield from _of_its_own(new_database(demo_database))


@pytest.fixture
def real_app(new_database: Callable[..., str], template_database: str) -> Iterator[Flask]:
    """The application over a database of the test's own, where commits are commits: for races, workers, browsers."""
    yield from _of_its_own(new_database(template_database))


def _of_its_own(url: str) -> Iterator[Flask]:
    application = application_over(url)
    _db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
    yield application
    with application.app_context():
        _db.session.remove()
        _db.engine.dispose()


@pytest.fixture
def smtp_sink() -> Iterator[servers.SmtpSink]:
    with servers.SmtpSink() as sink:
        yield sink


@pytest.fixture
def make(db: Any) -> Any:
    """Authorities, users, delegations, accesses with sensible values (`tests/make.py`)."""
    from tests.make import Maker

    return Maker()


@pytest.fixture
def sign_in(app: Flask, db: Any) -> Callable[[Any], Client]:
    """A browser in which the user is signed in."""
    from app.services import sessions

    def client_of(user: Any, language: str = "da") -> Client:
        token = sessions.begin(user)
        db.session.commit()
        client: Any = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=token, _fresh=True, locale=language)
        return client

    return client_of


@pytest.fixture
def client(app: Flask, db: Any) -> Any:
    """A browser in which nobody is signed in."""
    return app.test_client()
