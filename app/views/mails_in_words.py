"""Mails in words: their state, what the server's answer means, and what one is called."""

from __future__ import annotations

import re
from typing import Any

from flask import url_for

from app import clock
from app.i18n import _
from app.i18n.operations import ANSWERS, LATE, MAIL_KINDS, MAIL_STATES, MAIL_TITLES, SENT_AGAIN
from app.models import MailState
from app.services import undelivered_mails
from app.views.readers_form import moment

# RFC 3463: mailbox, system or syntax of the recipient's address. 5.1.7 and 5.1.8 speak of the sender's.
UNKNOWN_ADDRESS = re.compile(r"\b5\.1\.(0|1|2|3|6|10)\b")
NOT_NOW = re.compile(r"4\d\d\b")


def listed(row: Any) -> dict[str, Any]:
    """A mail for the list."""
    return {
        "url": url_for("MailsView.show", public_id=row.public_id),
        "kind": MAIL_KINDS.get(row.kind, row.kind),
        "recipient": row.recipient,
        "authority": row.official_name,
        "authority_url": url_for("AuthorityView.authority", public_id=row.authority_public_id),
        "state": state_of(row),
        "next_try": next_try(row),
        "answer": "" if row.state is MailState.sent else answer_of(row),
        "at": row.sent_at or row.created_at,
    }


def title_of(row: Any) -> str:
    """What a mail's own page is called: what it is, and to whom."""
    return str(MAIL_TITLES.get(row.kind, MAIL_KINDS.get(row.kind, row.kind))) % {"recipient": row.recipient}


def state_of(row: Any) -> tuple[object, str]:
    """The state with its tone; a mail in whose place another was sent, and one that waits too long, say so."""
    if row.replaced_by_id is not None and row.state is not MailState.sent:
        return SENT_AGAIN
    return LATE if undelivered_mails.is_late(row) else MAIL_STATES[row.state.value]


def next_try(row: Any) -> str:
    """When a late mail is tried again; nothing for others."""
    if not undelivered_mails.is_late(row):
        return ""
    if row.due_at <= clock.now():
        return _("The system tries again as soon as it can.")
    return _("The system tries again at %(moment)s.", moment=moment(row.due_at, "short"))


def answer_of(row: Any) -> str:
    """Our own words where we have some, else the server's."""
    answer: str = row.server_answer
    if not answer:
        return ""
    return str(ANSWERS[answer]) if answer in ANSWERS else _("The mail server said: %(answer)s", answer=answer)


def meaning_of(row: Any) -> str:
    """What the server's answer means for people, where its number says it; nothing where it does not."""
    if row.state is MailState.sent:
        return ""
    if UNKNOWN_ADDRESS.search(row.server_answer):
        return _("The recipient's mail server does not know the address. It is probably wrong.")
    if row.state is MailState.queued and NOT_NOW.match(row.server_answer):
        return _("The recipient's mail server asked us to try again later. That happens by itself.")
    return ""


def sent_in_words(row: Any) -> str:
    """When the mail was sent, or that it was not, as far as anybody knows."""
    if row.sent_at:
        return moment(row.sent_at)
    if row.state is MailState.unsure:
        return _("Unknown")
    is_open = row.replaced_by_id is None and row.state is not MailState.given_up
    return _("Not yet") if is_open else _("No")


def sent_again_in_words(new: Any) -> str:
    """What is on its way, once a mail was sent again: a secret is made anew."""
    if not new.holds_secret:
        return _("The mail is on its way again to %(recipient)s.", recipient=new.recipient)
    if new.invitation_id is not None:
        return _("A new link is on its way to %(recipient)s.", recipient=new.recipient)
    return _("A new temporary password is on its way to %(recipient)s.", recipient=new.recipient)


def wiped_in_words(mail: Any) -> str:
    """What goes with a mail that is given up."""
    if mail.invitation_id is not None:
        return _("The link in the mail is deleted.")
    return _("The temporary password in the mail is deleted.")
