"""Help with inviting authorities to register themselves (§2.2)."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

INVITATIONS = (
    Topic(
        name="invite-many",
        group="registration",
        page="Registration invitations",
        title=_l("Invite several authorities at once"),
        lead=_l(
            "You paste a list of authorities, see what happens to each row, and send all the invitations together."
        ),
        steps=(
            _l(
                "Copy the rows from a spreadsheet, or paste the text of a CSV file: one authority a row, with its name,"
                " its e-mail address and, if you like, its language (da or en). A row of headings may stand above them."
            ),
            _l("Write a message if you like, and choose what is to be suggested. It is the same for all of them."),
            _l("Choose Check the rows. Nothing is sent yet."),
            _l(
                "Correct what is wrong. Where an authority may be there already, see whether it is the same. If it is"
                " not, tick that it is another."
            ),
            _l("Choose Send invitations. The page says of each row what has become of it."),
        ),
        notes=(
            _l("Rows that were not sent stay in the form, so that you can correct them and send them later."),
            _l("Only so many invitations can be sent in an hour. The page says when you can send the rest."),
            _l("An authority is invited only once, even if you send the page twice."),
        ),
        see_also=("register-authority",),
    ),
)
