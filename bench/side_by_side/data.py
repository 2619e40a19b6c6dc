"""The generated data of a run: made once for each size, database and state of the schema, kept, and used again."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from typing import Any

from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet
from sqlalchemy import NullPool, create_engine, text

from bench.side_by_side.places import KEPT, PEERS_PYTHON, PROJECT, PYTHON
from tests import servers

MADE = "1"  # to be raised when what is made changes without a migration


@dataclass(frozen=True)
class Filled:
    """A database that is filled: its address, and what the reader and the pages are asked for."""

    dialect: str
    size: int
    address: str
    facts: dict[str, Any]


def filled(dialect: str, size: int) -> Filled:
    """The database, made now if it is not there; what older states of the schema have left is removed."""
    KEPT.mkdir(exist_ok=True)
    head = ScriptDirectory(str(PROJECT / "migrations")).get_current_head()
    name = f"bench_{head}_{MADE}_{size}"
    note = KEPT / f"{name}.{dialect}.json"
    server = servers.kept_postgres(KEPT / "postgresql") if dialect == "postgresql" else ""
    if not note.exists():
        _forget_older(dialect, server, f"bench_{head}_{MADE}_")
        address = _create(dialect, server, name)
        note.write_text(json.dumps({"address": address, "facts": _fill(address, size)}), "utf-8")
    kept = json.loads(note.read_text("utf-8"))
    return Filled(dialect, size, kept["address"], kept["facts"])


def environment(address: str, **more: str) -> dict[str, str]:
    """What a programme over the database is started with; its keys are this run's."""
    own = {"DATABASE_URL": address, "APP_VAR": str(KEPT / "app"), "PYTHONPATH": str(PROJECT)}
    return os.environ | _KEYS | own | more


_KEYS = {
    "SECRET_KEY": secrets.token_urlsafe(32),
    "MAIL_KEY": Fernet.generate_key().decode(),
    "LOG_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
}


def _forget_older(dialect: str, server: str, current: str) -> None:
    """Remove what another state of the schema has left: a million authorities are gigabytes."""
    for note in KEPT.glob(f"bench_*.{dialect}.json"):
        if not note.name.startswith(current):
            name = note.name.split(".")[0]
            _remove(dialect, server, name)
            note.unlink()


def _create(dialect: str, server: str, name: str) -> str:
    """The address of a new, empty database."""
    _remove(dialect, server, name)
    if dialect == "sqlite":
        return f"sqlite:///{KEPT / name}.db"
    return servers.create_database(server, name).replace("postgresql+psycopg://", "postgresql://", 1)


def _remove(dialect: str, server: str, name: str) -> None:
    if dialect == "postgresql":
        servers.drop_database(server, name)
        return
    for path in KEPT.glob(f"{name}.db*"):
        path.unlink()


def _fill(address: str, size: int) -> dict[str, Any]:
    """Schema, reference data, authorities, the reader, and what the peer needs; gives the reader's facts."""
    here = environment(address, IMI_ENV="development")
    flask = [PYTHON, "-m", "flask", "--app", "app"]
    for words in (
        ["db", "upgrade"],
        ["imi", "load-reference"],
        ["imi", "generate", "--country", "DK", "--authorities", str(size)],
    ):
        _run([*flask, *words], here)
    facts = json.loads(_run([PYTHON, "-m", "bench.side_by_side.reader"], here))
    _run([PEERS_PYTHON, "-m", "bench.peer.prepare", facts["username"], facts["password"]], here)
    _settle(address)
    return dict(facts)


def _run(words: list[str], env: dict[str, str]) -> str:
    return subprocess.run(words, cwd=PROJECT, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def _settle(address: str) -> None:
    """Let the database know its rows, and put away what the filling has left."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    engine.dispose()
