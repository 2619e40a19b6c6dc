"""Runs migrations inside the application, on its database."""

import logging
import re
import warnings
from contextlib import contextmanager
from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError
from flask import current_app

config = context.config
# Loggers that the application has set up before stay as they are.
fileConfig(config.config_file_name, disable_existing_loggers=False)
logger = logging.getLogger("alembic.env")

# Neither library can compare such an index on SQLite, and says so each time; tests/meta/test_schema.py compares it.
for message in (
    "Skipped unsupported reflection of expression-based",
    "autogenerate skipping .* expression-based index",
):
    warnings.filterwarnings("ignore", message)

# What app/models/trigrams.py makes there, and what FTS5 makes for itself.
TRIGRAMS = re.compile(r"\w+_(?:likeness|search)(_grams|_config|_data|_idx)?")

extension = current_app.extensions["migrate"]
metadata = extension.db.metadata


def keep_no_empty_revision(context, revision, directives):
    """`flask db migrate` writes no file where the models say nothing new."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        logger.info("No changes in schema detected.")


def is_compared(thing, name, kind, reflected, _counterpart):
    """On SQLite, tables of FTS5 stand in no model, and indexes of PostgreSQL's own kinds in no database."""
    if context.get_context().dialect.name != "sqlite":
        return True
    if kind == "table":
        return not (reflected and TRIGRAMS.fullmatch(name))
    return kind != "index" or reflected or thing.dialect_options["postgresql"]["using"] is False


def run_offline():
    """Write the SQL instead of running it: `flask db upgrade --sql`."""
    url = extension.db.engine.url.render_as_string(hide_password=False)
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online():
    """Run all that is wanted in one transaction, with the write lock from its start (BEGIN IMMEDIATE on SQLite)."""
    options = {"process_revision_directives": keep_no_empty_revision, "transactional_ddl": True}
    options["include_object"] = is_compared
    with extension.db.engine.connect().execution_options(write=True) as connection, keys_at_rest(connection):
        context.configure(connection=connection, target_metadata=metadata, **options | extension.configure_args)
        with context.begin_transaction():
            context.run_migrations()
            refuse_broken_keys(connection)


@contextmanager
def keys_at_rest(connection):
    """SQLite changes a table by making it anew, and dropping the old one would delete the rows that point at it."""
    sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection  # the pragma is heard outside transactions only
    if sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        if sqlite:
            driver.execute("PRAGMA foreign_keys=ON")


def refuse_broken_keys(connection):
    """The check that SQLite has left out meanwhile; what fails it is rolled back."""
    if connection.dialect.name == "sqlite":
        broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if broken:
            raise CommandError(f"Rows that point at nothing, in: {', '.join(sorted(broken))}. Nothing was changed.")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
