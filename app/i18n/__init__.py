"""Words in the reader's language. English sentences are the message ids; catalogues stand under `translations/`."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

__all__ = ["_", "_l", "ngettext"]
