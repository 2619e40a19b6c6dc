"""The closed list of mails: what each needs to be written, and how it is treated on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class OnUnsure(Enum):
    """What becomes of a mail whose server took the text and never answered.

    `hold`: a person decides, so nobody gets it twice unasked. `again`: it is sent once more, for to miss it is worse.
    """

    hold = "hold"
    again = "again"


@dataclass(frozen=True)
class Kind:
    """One kind of mail. Its words stand in `templates/mail/<name>.subject`, `.txt` and `.html`.

    `facts` are the names its words are filled with, no more and no fewer. `path` is the page it links to; `{name}` in
    it stands for a fact. A mail that `holds_secret` is wiped once it is over (R87).
    """

    facts: frozenset[str]
    path: str
    holds_secret: bool = False
    on_unsure: OnUnsure = OnUnsure.hold


INVITATION, WAITING = "/invitation/{token}/", "/tasks/awaiting-validation/"
_WHOM_TO_ASK = frozenset({"access_manager", "contact"})
_SAID = frozenset({"sender", "reason"})  # free text of a person, quoted with his name (R84)

# Password mails are sent again when unsure: a second copy holds the same password, and none locks the person out.
# So are links, and what somebody waits for. Where there is no page for who gets it, the site is linked to.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "M1": Kind(
            facts=frozenset({"name", "authority", "password", "last_day", "access_manager"}),
            path="/login/",
            holds_secret=True,
            on_unsure=OnUnsure.again,
        ),
        "M5": Kind(
            facts=_WHOM_TO_ASK | {"invited", "sender", "message", "token", "last_day"},
            path=INVITATION,
            holds_secret=True,
            on_unsure=OnUnsure.again,
        ),
        "M6": Kind(
            facts=frozenset({"name", "authority", "access_manager", "again"}), path=WAITING, on_unsure=OnUnsure.again
        ),
        "M7-validated": Kind(facts=_WHOM_TO_ASK | {"authority"}, path="/login/", on_unsure=OnUnsure.again),
        "M7-returned": Kind(
            facts=_WHOM_TO_ASK | _SAID | {"authority", "token", "last_day"},
            path=INVITATION,
            holds_secret=True,
            on_unsure=OnUnsure.again,
        ),
        "M7-rejected": Kind(
            facts=_WHOM_TO_ASK | _SAID | {"authority", "deleted_on"}, path="", on_unsure=OnUnsure.again
        ),
        "M8-cancelled": Kind(facts=_WHOM_TO_ASK | _SAID | {"invited", "deleted_on"}, path=""),
        "M8-expiring": Kind(facts=_WHOM_TO_ASK | {"invited", "sent_on", "last_day"}, path=""),
        "M17-waiting": Kind(facts=frozenset({"name", "authority", "access_manager", "submitted_on"}), path=WAITING),
        "M17-unconfirmed": Kind(
            facts=frozenset({"name", "authority", "confirmed", "known_on", "public_id"}),
            path="/authorities/{public_id}/",
        ),
    }
)


def sent_again_when_unsure() -> tuple[str, ...]:
    """The kinds that are queued again by themselves when their outcome is unknown."""
    return tuple(name for name, kind in KINDS.items() if kind.on_unsure is OnUnsure.again)
