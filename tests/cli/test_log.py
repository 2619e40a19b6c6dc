"""`flask imi verify-log`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db as _db
from app.models import LoggedAct
from app.services import audit, audit_signing
from app.transaction import transaction
from tests.make import Maker


@pytest.fixture
def inside(real_app: Flask) -> Iterator[Flask]:
    """A log of three entries, behind a signed head."""
    with real_app.app_context():
        with transaction():
            authority = Maker().authority()
            for _ in range(3):
                audit.record(None, LoggedAct.authority_registered, authority)
        with transaction():
            audit_signing.sign_head()
        yield real_app


def run(app: Flask, *words: str) -> Any:
    result = app.test_cli_runner().invoke(args=["imi", "verify-log", *words])
    _db.session.rollback()
    return result


@pytest.mark.rule("R68")
def test_a_whole_log_is_said_to_be_whole(inside: Flask) -> None:
    result = run(inside)
    assert (result.exit_code, result.output) == (0, "The log is whole: 3 entries, 1 signed heads.\n")


@pytest.mark.rule("R68")
def test_the_first_broken_entry_is_named_in_a_sentence(inside: Flask) -> None:
    table = "audit_link"
    off = "DROP TRIGGER audit_link_no_update" if _db.engine.dialect.name == "sqlite" else None
    with transaction():
        _db.session.execute(text(off or f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        _db.session.execute(text("UPDATE audit_link SET hash = 'x' WHERE position = 2"))
    result = run(inside)
    assert result.exit_code == 1
    assert result.output.splitlines()[0].endswith("(place 2 in the chain) has been changed.")


@pytest.mark.rule("R68")
def test_heads_kept_elsewhere_are_tried(inside: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="imi.log_head")
    with transaction():
        audit.record(None, LoggedAct.signed_in, None)
    with transaction():
        assert audit_signing.sign_head() == 1
    file = tmp_path / "scheduler.log"
    file.write_bytes(b"\xff\xfe something else\n" + caplog.text.encode())
    assert "2 signed heads" in run(inside, "--anchor", str(file)).output

    file.write_text("nothing of the kind\n", "utf-8")
    result = run(inside, "--anchor", str(file))
    assert result.exit_code == 1
    assert "no signed head" in result.output
    assert run(inside, "--anchor", str(tmp_path / "none")).exit_code == 2
