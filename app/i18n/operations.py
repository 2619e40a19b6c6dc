"""Jobs, runs and mails in words, with the tone in which a state is shown."""

from __future__ import annotations

from app.i18n import _l

# Keyed by app.policy.plans.Job: name, and what it does.
JOBS: dict[str, tuple[object, object]] = {
    "sweep_mails": (
        _l("Keep an eye on mails"),
        _l("Sends mails that were left lying, and gives up those that are too old."),
    ),
    "sign_log_head": (
        _l("Sign the log digitally"),
        _l("Signs the end of the log digitally, so that nobody can change the log unnoticed."),
    ),
    "verify_log": (
        _l("Verify the log"),
        _l("Checks that no entry of the log has been changed, deleted or added."),
    ),
    "check_invariants": (
        _l("Check the data"),
        _l("Looks for errors in what is registered about authorities, users and accesses."),
    ),
    "keep_invitations": (
        _l("Keep invitations up to date"),
        _l("Lets invitations expire, reminds of those that soon will, and deletes registrations that came to nothing."),
    ),
    "remind_of_confirmation": (
        _l("Remind of confirmation"),
        _l("Reminds administrators of data that nobody has confirmed for a long time."),
    ),
    "tidy_up": (
        _l("Tidy up"),
        _l("Deletes old runs of jobs, sessions that have ended, and drafts of registrations that nobody goes on with."),
    ),
}
# Keyed by app.models.RunState.
RUN_STATES: dict[str, tuple[object, str]] = {
    "due": (_l("Waits"), "info"),
    "running": (_l("Under way"), "info"),
    "done": (_l("Done"), "ok"),
    "failed": (_l("Failed"), "error"),
    "lost": (_l("Given up"), "error"),
}
DEVIATIONS = _l("Deviations found")  # its tone says of what
NO_DEVIATIONS = _l("No deviations")
OVERDUE = (_l("Overdue"), "warn")
# Keyed by what the jobs count.
COUNTS: dict[str, object] = {
    "recovered": _l("Mails taken up again"),
    "given_up": _l("Mails given up"),
    "entries": _l("Entries of the log"),
    "anchors": _l("Digital signatures"),
    "checked": _l("Checks made"),
    "broken": _l("Checks with deviations"),
    "runs": _l("Runs deleted"),
    "sessions": _l("Sessions deleted"),
    "drafts": _l("Drafts deleted"),
    "expired": _l("Invitations expired"),
    "reminded": _l("Reminders of invitations sent"),
    "waiting_long": _l("Reminders of waiting registrations sent"),
    "purged": _l("Registrations deleted"),
    "authorities_reminded": _l("Authorities reminded to confirm their data"),
}

# Keyed by the numbers of the list of mails.
MAIL_KINDS: dict[str, object] = {
    "M1": _l("Temporary password for a new user"),
    "M5": _l("Invitation to register"),
    "M6": _l("A registration awaits validation"),
    "M7-validated": _l("A registration has been validated"),
    "M7-returned": _l("A registration must be corrected"),
    "M7-rejected": _l("A registration has been rejected"),
    "M8-cancelled": _l("An invitation has been cancelled"),
    "M8-expiring": _l("An invitation is about to expire"),
    "M17-waiting": _l("A registration has been waiting for long"),
    "M17-unconfirmed": _l("The data of an authority should be confirmed"),
}
# The same, as the heading of a mail's own page.
MAIL_TITLES: dict[str, object] = {
    "M1": _l("Temporary password to %(recipient)s"),
    "M5": _l("Invitation to %(recipient)s"),
}
# Keyed by app.models.MailState.
MAIL_STATES: dict[str, tuple[object, str]] = {
    "queued": (_l("Waits"), "info"),
    "claimed": (_l("Is being sent"), "info"),
    "sending": (_l("Is being sent"), "info"),
    "sent": (_l("Sent"), "ok"),
    "failed": (_l("Not delivered"), "error"),
    "unsure": (_l("Unknown whether delivered"), "warn"),
    "given_up": (_l("Given up"), "off"),
}
LATE = (_l("Delayed"), "warn")
SENT_AGAIN = (_l("Sent again"), "off")
# What stands in place of a server's answer where it is we who have something to say (app.mail.post.Trouble and more).
ANSWERS: dict[str, object] = {
    "unreachable": _l("The mail server could not be reached."),
    "timeout": _l("The mail server did not answer in time."),
    "no_tls": _l("The mail server offers no encrypted connection."),
    "bad_certificate": _l("The certificate of the mail server is not valid, so nothing was handed over."),
    "log_in_refused": _l("The mail server refused the system's username or password."),
    "closed": _l("The mail server closed the connection."),
    "no_answer": _l("The mail was handed over, and the mail server did not say whether it took it."),
    "unreadable": _l("The mail could not be read: the key MAIL_KEY is another than when it was written."),
    "expired": _l("What the mail opens is no longer valid, or the mail had waited too long."),
}
