"""Help with *Drift*: mails, jobs and the log."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

OPERATIONS = (
    Topic(
        name="mails",
        group="operations",
        page="Mails",
        title=_l("Mails"),
        lead=_l("Every mail of the system, and what became of it. Those that need somebody stand first."),
        steps=(
            _l("Open a mail that needs attention, and read what the mail server answered."),
            _l("If the address is right, send it again. A mail with a password gets a new password."),
            _l("If nobody knows whether it arrived, ask the recipient, and say so on the page."),
            _l("If it cannot be delivered at all, give it up, and get hold of the recipient in another way."),
        ),
        notes=(
            _l("Nobody can read a mail that holds a password: it is deleted as soon as it has been sent."),
            _l("Mails that are only late are sent again by themselves."),
        ),
        see_also=("jobs",),
    ),
    Topic(
        name="jobs",
        group="operations",
        page="Jobs and log",
        title=_l("Jobs and log"),
        lead=_l("What the system does by itself, when it did it last, and whether the log is untouched."),
        steps=(
            _l("See which jobs have failed or are late."),
            _l("Choose Run now to have a job done at once. The page follows it."),
            _l("Choose Run now at Verify the log if you doubt that it is untouched."),
        ),
        notes=(
            _l(
                "If the log has been changed by somebody, keep the servers as they are and call those who are"
                " responsible for security. The page says where the first deviation is."
            ),
        ),
        see_also=("mails",),
    ),
)
