"""What the chain of the log costs: `python -m bench.log_chain`, on a PostgreSQL of its own.

So many acts by writers at once, each a transaction that changes a row and logs it, with the chain and without; then the
chain is verified.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time

os.environ.setdefault("IMI_ENV", "development")
os.environ.setdefault("APP_VAR", tempfile.mkdtemp(prefix="imi-bench-"))

from flask_migrate import upgrade
from sqlalchemy import select, update

from app import create_app
from app.extensions import db
from app.models import Authority, LoggedAct
from app.services import audit, audit_chain, reference
from app.services.audit_verification import verify
from app.transaction import transaction
from tests import servers
from tests.make import Maker


def main() -> None:
    """Measure, and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=8)
    words = parser.parse_args()
    servers.start_shared()
    try:
        for chained in (True, False):
            _measure(words.acts, words.writers, chained=chained)
    finally:
        servers.stop()


def _measure(acts: int, writers: int, *, chained: bool) -> None:
    name = f"bench_{os.getpid()}_{'chain' if chained else 'plain'}"
    url = servers.create_database(servers.postgres_url(), name, "template1")
    os.environ["DATABASE_URL"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    app = create_app()
    with app.app_context():
        upgrade("migrations")
        with transaction():
            reference.load(reference.SHIPPED)
            make = Maker()
            ids = [make.authority().id for _ in range(writers)]
        db.session.remove()
        db.engine.dispose()
        took = _write(acts // writers, ids, chained=chained)
        _print(f"{'with' if chained else 'without'} the chain: {acts} acts by {writers} writers", took, acts)
        if chained:
            begun = time.perf_counter()
            report = verify()
            _print(
                f"verified: {report.entries} entries, {len(report.faults)} broken", time.perf_counter() - begun, acts
            )
        db.session.remove()
        db.engine.dispose()
    servers.drop_database(servers.postgres_url(), name)


def _write(each: int, ids: list[int], *, chained: bool) -> float:
    """Seconds that the writers took, each a process of its own, from the moment at which all were ready."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(len(ids) + 1)
    processes = [context.Process(target=_writer, args=(each, number, chained, gate)) for number in ids]
    for process in processes:
        process.start()
    gate.wait()
    begun = time.perf_counter()
    for process in processes:
        process.join()
    return time.perf_counter() - begun


def _writer(acts: int, authority_id: int, chained: bool, gate: multiprocessing.synchronize.Barrier) -> None:  # type: ignore[name-defined]
    if not chained:
        audit_chain.Sealing.__call__ = lambda _: None  # type: ignore[method-assign]
    with create_app().app_context():
        gate.wait()
        for count in range(acts):
            with transaction():
                db.session.execute(update(Authority).where(Authority.id == authority_id).values(postal_code=str(count)))
                authority = db.session.scalars(select(Authority).where(Authority.id == authority_id)).one()
                audit.record(None, LoggedAct.authority_registered, authority, data={"count": count})


def _print(what: str, seconds: float, acts: int) -> None:
    sys.stdout.write(f"{what}: {seconds:.1f} s, {acts / seconds:.0f} a second\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
