"""States of invitations in words, with the tone in which each is shown, and what each means."""

from __future__ import annotations

from app.i18n import _l

# Keyed by the values of models.InvitationStatus.
STATUS: dict[str, tuple[object, str]] = {
    "sent": (_l("Sent"), "info"),
    "registered": (_l("Registered"), "warn"),
    "returned": (_l("Sent back"), "warn"),
    "validated": (_l("Validated"), "ok"),
    "rejected": (_l("Rejected"), "error"),
    "expired": (_l("Expired"), "off"),
    "cancelled": (_l("Cancelled"), "off"),
}
# What it means for who sent it, and what comes next: under the name, on the page of one.
MEANING: dict[str, object] = {
    "sent": _l("The authority gets a personal link by e-mail, and has not sent its registration yet."),
    "registered": _l("The authority has sent its registration, which awaits validation."),
    "returned": _l("The registration was sent back. The authority has a new link, by which it corrects it."),
    "validated": _l("The authority is registered, and its first user has a temporary password by e-mail."),
    "rejected": _l("The registration was rejected. The authority has been told why."),
    "expired": _l("The last day is past, and the link opens nothing any more. You can send the invitation again."),
    "cancelled": _l("The invitation was cancelled, and the link opens nothing any more. The authority has been told."),
}
# Where the mail with the link stands. Keyed by the values of models.MailState.
MAIL: dict[str, tuple[object, str]] = {
    "queued": (_l("On its way"), "info"),
    "claimed": (_l("On its way"), "info"),
    "sending": (_l("On its way"), "info"),
    "sent": (_l("Sent"), "ok"),
    "failed": (_l("Not delivered"), "error"),
    "unsure": (_l("Unknown whether it arrived"), "warn"),
    "given_up": (_l("Given up"), "off"),
}
