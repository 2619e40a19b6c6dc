"""What may stand in a mail's header (R84). Values come checked from forms; this is the last lock before the wire."""

from __future__ import annotations

import unicodedata
from email.headerregistry import Address

import idna

from app.errors import InvalidInput
from app.i18n import _l

LONGEST_SUBJECT = 250
_SPECIAL = set(' <>,;:"\\()[]')


def checked_subject(subject: str) -> str:
    """The subject as one line without unseen characters, shortened to what fits; InvalidInput otherwise."""
    text = unicodedata.normalize("NFC", subject).strip()
    if not text or _has_unseen(text):
        raise InvalidInput(_l("The subject of the mail is empty or holds characters that a mail cannot carry."))
    return text if len(text) <= LONGEST_SUBJECT else text[: LONGEST_SUBJECT - 1] + "…"


def checked_address(address: str) -> str:
    """The address as it goes on the wire, an international domain in its ASCII form; InvalidInput otherwise."""
    refusal = InvalidInput(_l("The e-mail address cannot be used. Correct it, and try again."))
    local, at, domain = address.rpartition("@")
    if not (at and local and local.isascii()) or "@" in local or _has_unseen(address) or _SPECIAL & set(address):
        raise refusal
    try:
        wire = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
        Address(addr_spec=f"{local}@{wire}")
    except (ValueError, IndexError) as error:  # idna's and the e-mail library's errors are kinds of ValueError
        raise refusal from error
    if len(local) + len(wire) + 1 > 254:
        raise refusal
    return f"{local}@{wire}"


def _has_unseen(text: str) -> bool:
    # All kinds of control, format (bidi, zero width), surrogate, private and unassigned characters, and line ends.
    return any(unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") for c in text)
