"""The unbound Flask extensions. Imports nothing from app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_appbuilder import Model
from flask_mail import Mail
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

if TYPE_CHECKING:  # FAB's class is this one without types
    from flask_sqlalchemy import SQLAlchemy as SQLA  # noqa: N817
else:
    from flask_appbuilder.models.sqla.base import SQLA

db = SQLA(model_class=Model)
migrate = Migrate()
mail = Mail()
csrf = CSRFProtect()
