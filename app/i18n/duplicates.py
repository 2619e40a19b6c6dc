"""Why a body looks like another, in words (R8)."""

from __future__ import annotations

from app.i18n import _l

# Keyed by app.policy.likeness.Reason; listed after "What is alike:".
REASON: dict[str, object] = {
    "identical_name": _l("the name is the same"),
    "same_identifier": _l("the number in another register is the same"),
    "similar_name": _l("the name is similar"),
    "same_email": _l("the e-mail address is the same"),
    "same_phone": _l("the telephone number is the same"),
    "same_website": _l("the website is the same"),
}
