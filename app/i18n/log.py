"""The log in sentences, and what can be wrong with it."""

from __future__ import annotations

from app.i18n import _l

# Keyed by app.models.LoggedAct. `actor`, `subject` and what the entry holds are put in where it is shown.
ACTS: dict[str, object] = {
    "authority.registered": _l("%(actor)s registered the authority %(subject)s."),
    "user.registered": _l("%(actor)s registered the user %(subject)s."),
    "module_access.granted": _l("%(actor)s gave %(authority)s access to the module %(module)s."),
    "username.shown": _l("%(actor)s looked at the username of %(subject)s."),
    "username.passed_on": _l("%(actor)s marked the username of %(subject)s as passed on."),
    "draft.saved": _l("%(actor)s saved a draft of a registration."),
    "draft.discarded": _l("%(actor)s discarded a draft of a registration."),
    "drafts.purged": _l("%(actor)s deleted drafts of registrations that nobody had gone on with (number: %(drafts)s)."),
    "user.language_chosen": _l("%(subject)s chose another language."),
    "password.changed": _l("%(subject)s changed the password."),
    "password.change_refused": _l("A change of the password of %(subject)s was refused: the current one was wrong."),
    "password.blocked": _l("The password of %(subject)s was blocked after several failed attempts."),
    "password.entered_again": _l("%(subject)s confirmed with the password."),
    "password.entered_wrongly": _l("%(subject)s was to confirm with the password, and wrote a wrong one."),
    "password.reset": _l("%(actor)s reset the password of %(subject)s."),
    "log_in.succeeded": _l("%(subject)s signed in."),
    "log_in.failed": _l("An attempt to sign in as %(subject)s failed."),
    "log_in.temporary_password_expired": _l("%(subject)s tried to sign in with a temporary password that had expired."),
    "log_out": _l("%(subject)s signed out."),
    "right.refused": _l("%(actor)s was refused a page (%(route)s)."),
    "limit.reached": _l("%(actor)s reached a limit (%(limit)s)."),
    "job.run_asked": _l("%(actor)s started the job “%(job)s”."),
    "mail.sent_again": _l("%(actor)s sent mail no. %(mail)s again."),
    "mail.marked_sent": _l("%(actor)s noted that mail no. %(mail)s has arrived."),
    "mail.given_up": _l("%(actor)s gave up mail no. %(mail)s."),
    "authority.edited": _l("%(actor)s edited the data of %(subject)s."),
    "authority.confirmed": _l("%(actor)s confirmed the data of %(subject)s."),
    "authority.generated": _l("%(actor)s made up %(count)s authorities, so that the speed could be measured."),
    "invitation.sent": _l("%(actor)s invited %(subject)s to register itself."),
    "invitation.sent_again": _l("%(actor)s sent the invitation to %(subject)s again, with a new link."),
    "invitation.cancelled": _l("%(actor)s cancelled the invitation to %(subject)s."),
    "invitation.expired": _l("The invitation to %(subject)s expired."),
    "registration.saved": _l("The invited authority %(subject)s saved its registration without sending it."),
    "registration.submitted": _l("%(subject)s sent its registration."),
    "registration.corrected": _l("%(actor)s corrected the registration of %(subject)s."),
    "registration.validated": _l("%(actor)s validated the registration of %(subject)s."),
    "registration.returned": _l("%(actor)s sent the registration of %(subject)s back to be corrected."),
    "registration.rejected": _l("%(actor)s rejected the registration of %(subject)s."),
    "registration.purged": _l("The registration of %(subject)s, which came to nothing, was deleted for good."),
    "authorities.exported": _l(
        "%(actor)s exported a list of authorities as %(kind)s (rows: %(count)s; filters: %(filters)s)."
    ),
    "users.exported": _l("%(actor)s exported a list of users as %(kind)s (rows: %(count)s; filters: %(filters)s)."),
    "invitations.exported": _l(
        "%(actor)s exported a list of invitations as %(kind)s (rows: %(count)s; filters: %(filters)s)."
    ),
}
# What became too much, by the name of the limit; `limit.reached` above says it of one that has no sentence here.
LIMITS: dict[str, object] = {
    "LIMIT_LOG_INS": _l("There were too many attempts to sign in from one network."),
    "LIMIT_SEARCHES": _l("%(actor)s searched too often in a short time."),
    "LIMIT_INVITATIONS": _l("%(actor)s sent too many invitations in an hour."),
    "LIMIT_USER_EXPORTS": _l("%(actor)s exported lists of users too often in an hour."),
    "LIMIT_EXPORTS": _l("%(actor)s exported lists too often in an hour."),
    "LIMIT_WRONG_LINKS": _l("Too many links of invitations that do not exist were opened from one network."),
}
THE_SYSTEM = _l("The system")
A_NETWORK = _l("a network")
SOMEBODY_UNKNOWN = _l("somebody unknown")
FORMER_USER = _l("a former user (no. %(number)s)")

# Keyed by app.services.audit_verification.FaultKind.
FAULTS: dict[str, object] = {
    "changed": _l("Entry no. %(event)s (place %(position)s in the chain) has been changed."),
    "missing": _l("Entry no. %(event)s (place %(position)s in the chain) has been deleted."),
    "gap": _l("The link at place %(position)s in the chain has been deleted."),
    "unsealed": _l("Entry no. %(event)s has been slipped in: it is not in the chain."),
    "person_changed": _l("A personal value of entry no. %(event)s (place %(position)s) has been changed."),
    "head_differs": _l("The end of the chain has been changed (place %(position)s)."),
    "cut_off": _l("The chain has been cut off: from place %(position)s on, entries are missing."),
    "rewritten": _l("The chain has been rewritten: at place %(position)s it is not what was signed."),
    "unsigned": _l("The log has not been signed since place %(position)s in the chain, for more than an hour."),
    "bad_signature": _l("The signature of the head at place %(position)s is not ours, or the key LOG_KEY is another."),
}
