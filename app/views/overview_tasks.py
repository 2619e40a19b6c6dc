"""What waits for the reader on the start page: each task with its number, and the list that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.i18n import _, ngettext
from app.i18n.attention import ADVICE, URGENT, authorities_in_words, users_in_words
from app.policy.actor import Actor
from app.policy.authorities import administers_own, may_register
from app.policy.operations import may_run_jobs
from app.policy.pages import Page, Verb
from app.policy.plans import Job
from app.security.manager import granted
from app.services import attention, checks_done, invitation_reading, registration_drafts, undelivered_mails
from app.services.attention import Attention
from app.services.invitation_reading import SOON
from app.views.invitations_in_words import age
from app.views.readers_form import moment, number


@dataclass(frozen=True)
class Task:
    """One line: "3 authorities have no administrator", what to do about it, and where."""

    label: str
    text: str
    url: str
    urgent: bool = False


def tasks_of(actor: Actor) -> list[Task]:
    """The urgent ones first; only what this person may see and do."""
    found = [
        *_alarms(actor),
        *_of_own_authority(actor),
        *_validations(actor),
        *_of_authorities(actor),
        *_drafts(actor),
        *_mails(actor),
    ]
    return sorted(found, key=lambda task: not task.urgent)


def _alarms(actor: Actor) -> list[Task]:
    """The last check of the log found deviations, which nobody must overlook."""
    check = checks_done.verdicts().get(Job.verify_log) if may_run_jobs(actor) else None
    if check is None or not check.deviations:
        return []
    said = _("The log has been tampered with, as the check of %(moment)s found.", moment=moment(check.at, "short"))
    return [Task(said, _("Open Jobs and log, and follow what it says."), url_for("OperationsView.index"), True)]


def _of_own_authority(actor: Actor) -> list[Task]:
    """What an administrator has to see to at home."""
    if not administers_own(actor):
        return []
    own = actor.authority_public_id
    url = url_for("AuthorityView.users", public_id=own)
    found, tasks = attention.of_own(actor), []
    if count := found.get(Attention.password_problems):
        tasks.append(Task(users_in_words(count, number(count)), str(ADVICE["password_problems"]), url, urgent=True))
    if Attention.one_administrator in found:
        tasks.append(Task(_("Your authority has one administrator only"), str(ADVICE["one_administrator"]), url))
    if Attention.not_confirmed in found:
        text = _("Look through them, correct what is no longer right, and choose Confirm details.")
        said = _("The details of your authority should be confirmed")
        tasks.append(Task(said, text, url_for("AuthorityView.authority", public_id=own)))
    return tasks


def _of_authorities(actor: Actor) -> list[Task]:
    """What waits at the authorities that the reader's manages."""
    if (Verb.read.value, Page.coordinated_authorities.value) not in granted():
        return []
    return [
        Task(
            authorities_in_words(why, count, number(count)),
            str(ADVICE[why]),
            url_for("CoordinatedAuthorityView.list", show=why.value),
            why in URGENT,
        )
        for why, count in attention.counts(actor).items()
    ]


def _validations(actor: Actor) -> list[Task]:
    """Registrations that await the reader's validation, and invitations whose last day is near (R16)."""
    if (Verb.read.value, Page.awaiting_validation.value) not in granted():
        return []
    found = invitation_reading.what_waits(actor)
    return [*_awaiting(actor.awaiting_validation, found.oldest), *_ending(found.ending)]


def _awaiting(count: int, oldest: datetime | None) -> list[Task]:
    if not count or oldest is None:
        return []
    said = ngettext(
        "%(count)s registration awaits validation",
        "%(count)s registrations await validation",
        count,
        count=number(count),
    )
    text = _("The oldest was received %(age)s. Look at it, and validate it.", age=age(oldest))
    return [Task(said, text, url_for("AwaitingValidationView.index"), urgent=True)]


def _ending(count: int) -> list[Task]:
    if not count:
        return []
    said = ngettext(
        "%(count)s invitation expires soon", "%(count)s invitations expire soon", count, count=number(count)
    )
    text = _("The authority has not sent its registration yet. Ring it, or send the invitation again.")
    return [Task(said, text, url_for("InvitationListView.list", state=SOON))]


def _drafts(actor: Actor) -> list[Task]:
    """Registrations that were begun in the reader's authority (R6)."""
    count = registration_drafts.kept_count(actor) if may_register(actor) else 0
    if not count:
        return []
    said = ngettext(
        "%(count)s registration is a draft", "%(count)s registrations are drafts", count, count=number(count)
    )
    text = _("Go on with it, or discard it.") if count == 1 else _("Go on with them, or discard them.")
    return [Task(said, text, url_for("RegisterAuthorityView.register"))]


def _mails(actor: Actor) -> list[Task]:
    if (Verb.read.value, Page.mails.value) not in granted():
        return []
    count = undelivered_mails.attention_count(actor)
    if not count:
        return []
    said = ngettext("%(count)s mail needs attention", "%(count)s mails need attention", count, count=number(count))
    text = _("Open the list, and see what the mail server answered.")
    return [Task(said, text, url_for("MailsView.index"), urgent=True)]
