"""What the pages of an invited body say: plain words for who has never heard of the system (R13, R14)."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.i18n import _
from app.models import InvitationStatus
from app.services import invitation_links, invitation_mails, self_registrations
from app.services.invitation_links import Opened
from app.views.readers_form import day


def steps() -> list[str]:
    """What the body does and what others do, in its own view."""
    return [_("Fill in the form"), _("Check and send"), _("The access manager validates"), _("The first user signs in")]


def start(opened: Opened, token: str) -> dict[str, Any]:
    """The first page: who invites, why, until when, and what will be asked."""
    row = opened.invitation
    returned = opened.status is InvitationStatus.returned
    return {
        "title": _("Correct the registration of %(name)s", name=_sent_name(opened))
        if returned
        else _("Register %(name)s in IMI", name=row.invited_name),
        "inviter": opened.inviter.official_name,
        "is_returned": returned,
        "reason": row.return_reason if returned else "",
        "message": "" if returned else row.message,
        "last_day": day(invitation_links.last_day_of(row)),
        "is_begun": bool(row.typed) or returned,
        "next_url": url_for("InvitedBodyView.registration", token=token),
        "contact": contact(opened),
        "step_items": steps(),
    }


def _sent_name(opened: Opened) -> str:
    """The name by which the body has registered itself, which may be another than it was invited by."""
    sent = self_registrations.returned_details(opened.invitation)
    return sent.official_name if sent else opened.invitation.invited_name


def form_page(opened: Opened, token: str, form: Any, mark: str) -> dict[str, Any]:
    """The form, with the reason on top where the registration was sent back."""
    row = opened.invitation
    address = url_for("InvitedBodyView.registration", token=token)
    returned = opened.status is InvitationStatus.returned
    return {
        "title": _("Correct the registration") if returned else _("Register the authority"),
        "lead": _("Save what you have typed, and go on by the same link until %(day)s.", day=_last_day(opened)),
        "reason": row.return_reason if returned else "",
        "inviter": opened.inviter.official_name,
        "form": form,
        "form_url": address,
        "draft_url": address,
        "hidden": [("shown", mark)],
        "keep_form": "register",
        "for_invited": True,
        "cancel_url": url_for("InvitedBodyView.index", token=token),
        "cancel_label": _("Back without saving"),
        "step_items": steps(),
        "step_index": 0,
    }


def check_page(opened: Opened, token: str) -> dict[str, Any]:
    """The check page: nothing is sent yet."""
    return {
        "title": _("Check the details"),
        "lead": _("Nothing is sent yet. Choose Send registration at the bottom when everything is right."),
        "consequences_title": _("When you send the registration"),
        "consequence_list": [
            _("%(name)s sees what you have written, and validates it.", name=contact(opened)["name"]),
            _("You cannot change it afterwards, unless it is sent back to you."),
            _("When it is validated, the first user receives a temporary password by e-mail."),
        ],
        "action_url": url_for("InvitedBodyView.send", token=token),
        "verb_object": _("Send registration"),
        "cancel_url": url_for("InvitedBodyView.index", token=token),
        "step_items": steps(),
        "step_index": 1,
    }


def contact(opened: Opened) -> dict[str, str]:
    """Whom to ask: the body that handles the invitation today (R13)."""
    keeper = invitation_mails.keeper_of(opened.invitation)
    return {"name": keeper.official_name, "phone": keeper.phone, "email": keeper.email}


def state(opened: Opened) -> dict[str, Any]:
    """How it stands where the link opens no form: in plain words, with whom to ask, and no data."""
    row = opened.invitation
    ask = contact(opened)
    shown: dict[str, Any] = {"contact": ask, "happens": []}
    match opened.status:
        case InvitationStatus.registered:
            shown |= {
                "title": _("The registration is sent"),
                "lead": _("It awaits validation by %(name)s. You need not do anything now.", name=ask["name"]),
                "happens": _what_happens_now(),
                "step_items": steps(),
                "step_index": 2,
            }
        case InvitationStatus.validated:
            shown |= {
                "title": _("The authority is registered"),
                "lead": _("The registration has been validated, and this link is not needed any more."),
                "happens": [
                    _("The first user has received a temporary password by e-mail."),
                    _("The username is told by telephone. Without it nobody can sign in."),
                ],
                "link": (url_for("SignInView.login"), _("Sign in")),
                "step_items": steps(),
                "step_index": 3,
            }
        case InvitationStatus.rejected:
            shown |= {
                "title": _("The registration was rejected"),
                "lead": _("The reason stands in the mail that was sent to you. Ask if you think that it is wrong."),
            }
        case InvitationStatus.cancelled:
            shown |= {
                "title": _("The invitation is cancelled"),
                "lead": _(
                    "%(name)s has cancelled the invitation, so the authority cannot be registered by this link. The"
                    " reason stands in the mail that was sent to you.",
                    name=opened.inviter.official_name,
                ),
            }
        case _:
            shown |= {
                "title": _("The invitation has expired"),
                "lead": _(
                    "The last day was %(day)s. Ask for a new invitation, if the authority is still to be registered.",
                    day=day(invitation_links.last_day_of(row)),
                ),
            }
    return shown


def _what_happens_now() -> list[str]:
    return [
        _("The access manager looks at what you have written, and may ring you."),
        _("If something must be corrected, you get a mail with the reason and a new link."),
        _("When it is validated, you get a mail, and the first user gets a temporary password by e-mail."),
        _("The access manager tells the first user the username by telephone. It is never sent by e-mail."),
    ]


def unknown() -> dict[str, Any]:
    """A link that was never sent, that was copied in part, or that a newer one has taken the place of."""
    return {
        "title": _("This link opens nothing"),
        "lead": _("There is no invitation at this address."),
        "happens": [
            _("If the link was sent again, only the one in the newest mail opens the form."),
            _("Check that the whole of the link was copied: some mail programs break it over two lines."),
            _("Ask whoever invited you, at the address or telephone number in the mail."),
        ],
        "happens_title": _("What you can do"),
    }


def signed_in(name: str) -> dict[str, Any]:
    """The link is for a body that has no account; here somebody is signed in."""
    return {
        "title": _("You are signed in as %(name)s", name=name),
        "lead": _(
            "The link is for the authority that was invited, which has no account yet. So it shows nothing to who is"
            " signed in. Sign out, and open the link in the mail again."
        ),
        "leave_url": url_for("SignInView.sign_out"),
    }


def _last_day(opened: Opened) -> str:
    return day(invitation_links.last_day_of(opened.invitation))
