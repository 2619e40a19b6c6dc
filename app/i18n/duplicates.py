"""Why a body looks like another, in words (R8)."""

from __future__ import annotations

from app.i18n import _l

# Keyed by app.policy.likeness.Reason.
REASON: dict[str, object] = {
    "identical_name": _l("The name is the same."),
    "same_identifier": _l("The number in another register is the same."),
    "similar_name": _l("The name is similar."),
    "same_email": _l("The e-mail address is the same."),
    "same_phone": _l("The telephone number is the same."),
    "same_website": _l("The website is the same."),
}
