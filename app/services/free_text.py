"""Free text that goes out in a mail: no username gets into it (R5, R84)."""

from __future__ import annotations

from sqlalchemy import func, literal, select

from app.errors import InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import Authority, ImiUser
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.folding import fold
from app.policy.matrix import Act


def refuse_usernames(actor: Actor, field: str, text: str) -> None:
    """InvalidInput where the text holds the username of a user in the sender's reach, written together or apart.

    Of others' users nothing is asked, so that nobody finds out usernames by writing mails.
    """
    if text and _holds_username(actor, text):
        told = _l(
            "The text contains a username. A username must never be sent by e-mail: tell it by telephone instead."
        )
        raise InvalidInput(_l("Some fields must be corrected. Nothing has been saved yet."), {field: told})


def _holds_username(actor: Actor, text: str) -> bool:
    together = "".join(letter for letter in fold(text) if letter.isalnum())  # look-alike letters do not hide it
    held = literal(together).contains(func.lower(ImiUser.username))
    found = select(ImiUser.id).join(Authority, Authority.id == ImiUser.authority_id)
    return db.session.scalar(found.where(visible(actor, Act.see_username), held).limit(1)) is not None
