"""What keeps the log from being changed by anybody who works through the database (R68).

Entries and their links are never changed nor deleted; a personal value can be erased but not rewritten; the head only
moves on. Whoever may drop triggers can do more: what he does, `flask imi verify-log` finds.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from app.models.audit import AuditEvent, AuditHead, AuditLink, AuditPerson
from app.models.base import Model

REFUSED = "R68: the log is append-only"
# The head moves on only, to what is a link; a signature is never taken away, and is of a link too.
ONLY_ON = """
NEW.position < OLD.position OR NEW.signed_position < OLD.signed_position
OR (OLD.signed_at IS NOT NULL AND NEW.signed_at IS NULL)
OR (NEW.position > 0 AND NOT EXISTS
  (SELECT 1 FROM audit_link WHERE position = NEW.position AND hash = NEW.hash))
OR (NEW.signed_position > 0 AND NOT EXISTS
  (SELECT 1 FROM audit_link WHERE position = NEW.signed_position AND hash = NEW.signed_hash))
"""
# Links have no gaps and no place before the first.
NOT_NEXT = "NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM audit_link)"


def _sqlite(table: str, name: str, moment: str, condition: str = "") -> str:
    when = f"\nWHEN {condition}" if condition else ""
    return f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table}{when}
BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
"""


def _replaced(table: str, *columns: str) -> str:
    """INSERT OR REPLACE deletes without asking the trigger on delete."""
    taken = " OR ".join(f"{column} = NEW.{column}" for column in columns)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608 (names of this file)


SQLITE: dict[type[Model], list[str]] = {
    AuditEvent: [
        _sqlite("audit_event", "no_update", "UPDATE"),
        _sqlite("audit_event", "no_delete", "DELETE"),
        _sqlite("audit_event", "no_replace", "INSERT", _replaced("audit_event", "id")),
    ],
    AuditLink: [
        _sqlite("audit_link", "no_update", "UPDATE"),
        _sqlite("audit_link", "no_delete", "DELETE"),
        _sqlite("audit_link", "no_replace", "INSERT", _replaced("audit_link", "position", "event_id", "hash")),
        _sqlite("audit_link", "next", "INSERT", NOT_NEXT),
    ],
    AuditPerson: [
        _sqlite("audit_person", "no_update", "UPDATE"),
        _sqlite("audit_person", "no_replace", "INSERT", _replaced("audit_person", "id")),
    ],
    AuditHead: [
        _sqlite("audit_head", "only_on", "UPDATE", ONLY_ON),
        _sqlite("audit_head", "no_delete", "DELETE"),
        _sqlite("audit_head", "no_replace", "INSERT", _replaced("audit_head", "id")),
    ],
}


def _postgresql(table: str, name: str, moment: str, each: str = "ROW") -> str:
    return f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} FOR EACH {each}
EXECUTE FUNCTION audit_event_append_only()
"""


def _checked(table: str, name: str, moment: str, condition: str) -> list[str]:
    """PostgreSQL's WHEN takes no query, so the condition stands in a function of the trigger's own."""
    return [
        f"""
CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {condition} THEN
    RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
""",
        f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} FOR EACH ROW
EXECUTE FUNCTION {table}_{name}()
""",
    ]


FUNCTION = f"""
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
POSTGRESQL: dict[type[Model], list[str]] = {
    AuditEvent: [
        FUNCTION,
        _postgresql("audit_event", "no_change", "UPDATE OR DELETE"),
        _postgresql("audit_event", "no_truncate", "TRUNCATE", "STATEMENT"),
    ],
    AuditLink: [
        _postgresql("audit_link", "no_change", "UPDATE OR DELETE"),
        _postgresql("audit_link", "no_truncate", "TRUNCATE", "STATEMENT"),
        *_checked("audit_link", "next", "INSERT", NOT_NEXT),
    ],
    AuditPerson: [
        _postgresql("audit_person", "no_update", "UPDATE"),
        _postgresql("audit_person", "no_truncate", "TRUNCATE", "STATEMENT"),
    ],
    AuditHead: [
        *_checked("audit_head", "only_on", "UPDATE", ONLY_ON),
        _postgresql("audit_head", "no_delete", "DELETE"),
        _postgresql("audit_head", "no_truncate", "TRUNCATE", "STATEMENT"),
    ],
}


def _attach(kind: type[Model], statement: str, dialect: str) -> None:
    ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    event.listen(kind.__table__, "after_create", ddl)


# The function stands with the first table: create_all sorts tables without keys by name, and audit_event comes first.
for _dialect, _tables in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _kind, _statements in _tables.items():
        for _statement in _statements:
            _attach(_kind, _statement, _dialect)
