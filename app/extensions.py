"""The unbound Flask extensions. Imports nothing from app."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

db = SQLA(model_class=Model)
migrate = Migrate()
mail = Mail()
csrf = CSRFProtect()
