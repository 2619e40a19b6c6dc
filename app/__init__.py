"""IMI access management: authorities, users and their access to modules."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from the environment's settings; `overrides` (tests) are laid over them."""
    from config import keep_to_owner, settings

    _say_what_happens()
    app = Flask(__name__)
    app.config.from_mapping(settings())
    app.config.from_mapping(overrides or {})
    os.umask(0o077)  # what this process writes is its owner's alone
    keep_to_owner(app.config["APP_VAR"])

    from app import views  # not before: what is unfit is told at once

    with app.app_context():
        views.prepare(app)  # first: a request has its number before anything can refuse it
        _add_extensions(app)
        _add_doors(app)
    return app


def _say_what_happens() -> None:
    """Log our own doings from INFO on; of the libraries only what is wrong, because at INFO they tell data.

    In UTC, as the log of acts and the database are, so that both can be laid side by side.
    """
    lines = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    shown = logging.StreamHandler()
    shown.setFormatter(lines)
    logging.basicConfig(level=logging.WARNING, handlers=[shown])
    for name in ("app", "imi"):
        logging.getLogger(name).setLevel(logging.INFO)


def _add_extensions(app: Flask) -> None:
    from app import database, extensions

    extensions.db.init_app(app)
    database.prepare(extensions.db.engine)
    folder = str(Path(app.root_path).parent / "migrations")
    extensions.migrate.init_app(app, extensions.db, directory=folder, render_as_batch=False, compare_type=True)
    extensions.mail.init_app(app)
    extensions.csrf.init_app(app)


def _add_doors(app: Flask) -> None:
    from app import cli, extensions, views
    from app.security.manager import ImiAppBuilder, ImiSecurityManager
    from app.services import finding_keys as finding_keys  # follows what is written, whichever door it comes through
    from app.views.overview import OverviewView

    # FAB says at every start that it can search no UUID: lists have searches of their own.
    logging.getLogger("flask_appbuilder.models.filters").setLevel(logging.ERROR)
    appbuilder = ImiAppBuilder(security_manager_class=ImiSecurityManager, indexview=OverviewView)
    appbuilder.init_app(app, extensions.db.session)
    views.register(app, appbuilder)
    cli.register(app)
