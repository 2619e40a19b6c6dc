"""What the database refuses, told as a refusal a person can act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from app.errors import ImiError
from app.extensions import db


@contextmanager
def refusing(refusals: Mapping[str, ImiError]) -> Iterator[None]:
    """Flush what the block did; a broken constraint becomes its refusal.

    `refusals` maps the name of a constraint or, for SQLite, which names only columns, `table.column` of its last one.
    Anything else is a bug of ours and stays an error.
    """
    try:
        yield
        db.session.flush()
    except IntegrityError as error:
        text = str(error.orig)
        for key, refusal in refusals.items():
            if key in text:
                raise refusal from error
        raise
