"""The models and the migrations say the same, on both databases, in every detail a database knows."""

# ruff: noqa: S608 (the queries are put together from constants of this file)

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Connection, ForeignKeyConstraint, Index, Table, UniqueConstraint, insert, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.clock import now
from app.database import prepare
from app.extensions import db
from app.models import Authority, Country, ImiUser, Model

MIGRATIONS = str(Path(__file__).parent.parent.parent / "migrations")
EmptyDatabase = Callable[[], str]
Catalogue = set[tuple[str, ...]]

# Foreign keys without an index of all their columns, and why none is needed.
CARRIED = "its first column leads to one row; the others only repeat facts of that row"
EMPTY = "a table of the framework that stays empty"
NO_INDEX_NEEDED = {
    "fk_classification_entry_parent_id_list_id": CARRIED,
    "fk_delegation_delegate_id_country_code": CARRIED,
    "fk_module_access_authority_id_country_code": CARRIED,
    "fk_linked_coordinator_dependant": CARRIED,
    "fk_linked_coordinator_coordinator": CARRIED,
    "fk_ab_user_role_role_id": EMPTY,
}

SQLITE = "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' AND sql IS NOT NULL"
OURS = "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'"
POSTGRESQL = {
    "column": f"""
        SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
               attidentity, attgenerated, attcollation
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE {OURS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped""",
    "constraint": f"""
        SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {OURS}""",
    "index": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "trigger": f"""
        SELECT relname, tgname, tgenabled, pg_get_triggerdef(pg_trigger.oid)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE {OURS} AND NOT tgisinternal""",
    "function": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""",  # an extension's stay
    "sequence": f"""
        SELECT relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
               (SELECT refobjid::regclass || '.' || refobjsubid FROM pg_depend
                WHERE objid = pg_class.oid AND deptype IN ('a', 'i'))
        FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid WHERE {OURS}""",
    "relation": f"SELECT relname, relkind FROM pg_class WHERE {OURS}",
    "type": """
        SELECT typname, typtype FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')""",
}

# What somebody might change in one place and forget in the other.
DIFFERENCES = {
    "sqlite": [
        ["ALTER TABLE area ADD COLUMN more INTEGER"],
        ["DROP INDEX ix_module_area_code"],
        [
            "DROP INDEX uq_authority_name",
            "CREATE UNIQUE INDEX uq_authority_name ON authority (country_code, official_name_key)"
            " WHERE status IN ('active')",
        ],
        ["DROP TRIGGER module_access_role_change"],
        ["DROP TRIGGER authority_likeness_changed"],
        [
            "DROP TABLE authority_likeness",
            "CREATE VIRTUAL TABLE authority_likeness USING fts5(likeness_key, content='authority',"
            " content_rowid='id', tokenize='trigram', detail='none')",
        ],
        ["CREATE TABLE left_over (id INTEGER)"],
    ],
    "postgresql": [
        ["ALTER TABLE area ADD COLUMN more INTEGER"],
        ["ALTER TABLE area ALTER COLUMN act DROP NOT NULL"],
        ["ALTER TABLE area ALTER COLUMN act TYPE varchar(301)"],
        ["ALTER TABLE area ALTER COLUMN position SET DEFAULT 0"],
        ["ALTER TABLE area RENAME CONSTRAINT pk_area TO area_pkey"],
        [
            "ALTER TABLE access_manager_link DROP CONSTRAINT ck_access_manager_link_nobody_manages_himself",
            "ALTER TABLE access_manager_link ADD CONSTRAINT ck_access_manager_link_nobody_manages_himself"
            " CHECK (authority_id < manager_id)",
        ],
        [
            "DROP INDEX uq_authority_name",
            "CREATE UNIQUE INDEX uq_authority_name ON authority (country_code, official_name_key)"
            " WHERE status IN ('active')",
        ],
        [
            "DROP INDEX ix_authority_likeness_key",
            "CREATE INDEX ix_authority_likeness_key ON authority (likeness_key)",
        ],
        ["DROP INDEX ix_invitation_likeness_key"],
        ["ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_truncate"],
        ["DROP TRIGGER module_access_role_change ON module_access"],
        ["CREATE FUNCTION left_over() RETURNS integer LANGUAGE sql AS 'SELECT 1'"],
        ["CREATE SEQUENCE left_over"],
        ["CREATE TYPE left_over AS ENUM ('a')"],
        ["CREATE VIEW left_over AS SELECT 1 AS one"],
    ],
}


@contextmanager
def opened(url: str) -> Iterator[None]:
    """The database behind db, with its migrations at hand and without the pages."""
    app = Flask("app")
    app.config.from_mapping(SQLALCHEMY_DATABASE_URI=url)
    with app.app_context():
        db.init_app(app)
        prepare(db.engine)
        flask_migrate.Migrate(app, db, MIGRATIONS, render_as_batch=False)
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def catalogue() -> Catalogue:
    """Everything the open database knows about its tables, without what they hold."""
    with db.engine.connect() as connection:
        return _catalogue(connection)


def _catalogue(connection: Connection) -> Catalogue:
    queries = {"": SQLITE} if connection.dialect.name == "sqlite" else POSTGRESQL
    return {
        (kind, *(_in_order(" ".join(str(value).split())) for value in row))
        for kind, query in queries.items()
        for row in connection.execute(text(query))
    }


def _in_order(sql: str) -> str:
    """The text of a table on SQLite with its constraints in the order of their names: theirs means nothing.

    A table that a migration made anew has its name in quotes, which mean nothing either.
    """
    sql = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", sql)
    head, *constraints = sql.removesuffix(" )").split(", CONSTRAINT ")
    return ", CONSTRAINT ".join([head, *sorted(constraints)])


def _catalogue_of_models(url: str) -> Catalogue:
    # On PostgreSQL, SQLAlchemy marks keys of a circle on the models themselves as added afterwards, for good: a process
    # that then makes the tables on SQLite leaves them out.
    for table in Model.metadata.tables.values():
        for key in table.foreign_key_constraints:
            key._create_rule = None
    with opened(url):
        with db.engine.begin() as connection:
            Model.metadata.create_all(connection)
        return catalogue()


@pytest.mark.rule("R75")
def test_models_and_migrations_make_the_same_database(empty_database: EmptyDatabase) -> None:
    of_models = _catalogue_of_models(empty_database())
    with opened(empty_database()):
        flask_migrate.upgrade()
        of_migrations = catalogue()
    assert sorted(of_migrations - of_models) == sorted(of_models - of_migrations) == []


def test_planted_differences_are_found(dialect: str, empty_database: EmptyDatabase) -> None:
    url = empty_database()
    before = _catalogue_of_models(url)
    with opened(url), db.engine.connect() as connection:
        for statements in DIFFERENCES[dialect]:
            for statement in statements:
                connection.execute(text(statement))
            assert _catalogue(connection) != before, statements
            connection.rollback()
        assert _catalogue(connection) == before


def test_downgrade_leaves_nothing_and_upgrade_makes_all_again(empty_database: EmptyDatabase) -> None:
    with opened(empty_database()):
        flask_migrate.upgrade()
        before = catalogue()
        _fill()
        flask_migrate.downgrade(revision="base")
        assert catalogue() == set()
        flask_migrate.upgrade()
        assert catalogue() == before


def _fill() -> None:
    """An authority and its superuser, who point at each other, and an event that no statement may delete."""
    db.session.add(Country(code="DK", names={}, languages=[]))
    db.session.flush()
    values = {"status": "draft", "country_code": "DK", "registered_at": now()}
    authority_id = db.session.scalar(insert(Authority).values(**values).returning(Authority.id))
    names = {"first_name": "Kim", "last_name": "Lund", "username": "kl123", "email": "1@user.invalid"}
    user = ImiUser(**names, authority_id=authority_id, email_address="kl@example.org", registered_at=now())
    db.session.add(user)
    db.session.flush()
    db.session.execute(text("UPDATE authority SET registered_by_user_id = :id"), {"id": user.id})
    event = Model.metadata.tables["audit_event"]
    db.session.execute(insert(event).values(at=now(), act="planted", subject_kind="authority"))
    db.session.commit()


@pytest.mark.rule("R8")
def test_what_is_there_already_gets_its_keys(empty_database: EmptyDatabase) -> None:
    """0003: authorities and invitations of before are found as those of after."""
    with opened(empty_database()):
        flask_migrate.upgrade()
        _fill()
        old = "UPDATE authority SET official_name = 'Patientsikkerheds-styrelsen', phone = '33 55 01 00',"
        db.session.execute(text(f"{old} email = 'Post@STPS.example', website = 'http://www.stps.example/'"))
        sent = "'Søfart', 'imi@dma.example', 'da', '', '[]', '[]', '', 'expired', :at, :at, 1, '', 1, '', '', '')"
        columns = "recipient_email, language, message, suggested_modules, suggested_classification, token_hash, status"
        db.session.execute(
            text(
                "INSERT INTO invitation (public_id, country_code, inviting_authority_id, invited_name,"
                f" {columns}, sent_at, expires_at, times_sent, closing_reason, version, likeness_key, email_key,"
                " return_reason)"
                f" VALUES ('00000000000000000000000000000001', 'DK', (SELECT id FROM authority), {sent}"
            ),
            {"at": now()},
        )
        db.session.commit()
        flask_migrate.downgrade(revision="0002")
        flask_migrate.upgrade()
        keys = db.session.execute(text("SELECT likeness_key, email_key, phone_key, website_key FROM authority")).one()
        assert tuple(keys) == ("patientsikerhed", "post@stps.example", "4533550100", "stps.example")
        invited = db.session.execute(text("SELECT likeness_key, email_key FROM invitation")).one()
        assert tuple(invited) == ("sofart", "imi@dma.example")


@pytest.mark.rule("R22")
def test_what_is_there_already_is_found_by_its_words(empty_database: EmptyDatabase) -> None:
    """0006: authorities and people of before are found, and stand in Danish order, as those of after."""
    with opened(empty_database()):
        flask_migrate.upgrade()
        _fill()
        db.session.execute(text("UPDATE authority SET official_name = 'Aabenraa Kommune', city = 'Åbenrå'"))
        db.session.execute(text("INSERT INTO authority_text VALUES ((SELECT id FROM authority), 'da', 'Tilsyn', 'Få')"))
        listed = "INSERT INTO classification_list (id, code, scope, hierarchical, names, position)"
        db.session.execute(text(f"{listed} VALUES (1, 'a', 'general', :no, '{{}}', 0)"), {"no": False})
        entry = "INSERT INTO classification_entry (id, list_id, code, names, active, position)"
        db.session.execute(text(f"{entry} VALUES (1, 1, 'b', '{{\"da\": \"Søfart\"}}', :yes, 0)"), {"yes": True})
        db.session.execute(text("INSERT INTO authority_classification SELECT id, 1 FROM authority"))
        db.session.commit()
        flask_migrate.downgrade(revision="0005")
        flask_migrate.upgrade()
        keys = db.session.execute(text("SELECT sort_key, city_sort_key, search_key FROM authority")).one()
        words = "aabenraa kommune\naabenraa\ntilsyn\nabenra\nsofart\nsoefart\nfaa"
        assert tuple(keys) == ("}benr} kommune", "}benr}", words)
        keys = db.session.execute(text("SELECT sort_key, search_key FROM ab_user")).one()
        assert tuple(keys) == ("lund kim", "kim lund\nkl@example.org")


def test_migration_that_fails_half_way_changes_nothing(empty_database: EmptyDatabase) -> None:
    with opened(empty_database()):
        with db.engine.begin() as connection:
            connection.execute(text("CREATE TABLE job_run (id INTEGER)"))  # in the way of the last table
        before = catalogue()
        with pytest.raises((OperationalError, ProgrammingError)):
            flask_migrate.upgrade()
        assert catalogue() == before


def test_models_ask_for_no_migration(empty_database: EmptyDatabase) -> None:
    """Alembic's own comparison, which is what a developer runs; it exits where it finds something."""
    with opened(empty_database()):
        flask_migrate.upgrade()
        flask_migrate.check()


def test_rows_that_point_at_nothing_stop_a_migration(tmp_path: Path) -> None:
    """SQLite only: its keys rest while tables are made anew."""
    url = f"sqlite:///{tmp_path / 'imi.db'}"
    with opened(url):
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1, "a migration leaves the keys on"
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection_without_keys:
            connection_without_keys.execute("INSERT INTO delegation_module VALUES (1, 1)")
            connection_without_keys.commit()
        with pytest.raises(SystemExit):
            flask_migrate.upgrade()


def test_no_name_is_longer_than_postgresql_keeps() -> None:
    names = {name for table in Model.metadata.tables.values() for name in _names(table)}
    assert not {name for name in names if len(name) > 63}


def _names(table: Table) -> Iterator[str]:
    yield table.name
    yield from (str(each.name) for each in table.constraints)
    yield from (str(each.name) for each in table.indexes)


def test_every_foreign_key_has_an_index() -> None:
    bare = {
        str(key.name)
        for table in Model.metadata.tables.values()
        for key in table.foreign_key_constraints
        if not _has_index(table, key)
    }
    assert bare == set(NO_INDEX_NEEDED)


@pytest.mark.parametrize("name", [name for name, reason in NO_INDEX_NEEDED.items() if reason == CARRIED])
def test_keys_that_carry_facts_have_an_index_of_their_first_column(name: str) -> None:
    [(table, key)] = [
        (table, key)
        for table in Model.metadata.tables.values()
        for key in table.foreign_key_constraints
        if key.name == name
    ]
    assert any(columns[:1] == key.column_keys[:1] for columns in _indexed(table))


def _has_index(table: Table, key: ForeignKeyConstraint) -> bool:
    width = len(key.column_keys)
    return any(set(columns[:width]) == set(key.column_keys) for columns in _indexed(table))


def _indexed(table: Table) -> Iterator[list[str]]:
    """The columns, in order, of each index that holds every row."""
    yield [column.name for column in table.primary_key.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        if not _is_partial(index):
            yield [getattr(each, "name", "") for each in index.expressions]


def _is_partial(index: Index) -> bool:
    return index.dialect_options["postgresql"]["where"] is not None
