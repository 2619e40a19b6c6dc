"""Help with inviting an authority to register itself, and validating what it sends (§2.2)."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

INVITATIONS = (
    Topic(
        name="invitations",
        group="registration",
        page="Registration invitations",
        title=_l("Registration invitations"),
        lead=_l(
            "Instead of registering an authority yourself, you can invite it to do so. It writes its own data, and you"
            " validate them."
        ),
        steps=(
            _l("Choose New invitation, and write the name and e-mail address of the authority."),
            _l("See whether it is registered already: authorities that look like it are shown as you type."),
            _l("Write a message, and suggest modules and areas if you like."),
            _l("Choose Send invitation. The authority gets a personal link by e-mail."),
            _l("When it has sent its registration, you are told by e-mail, and find it under Awaiting validation."),
        ),
        notes=(
            _l("Check the e-mail address: whoever reads the mail can register the authority."),
            _l("The link is good until the last day in the list. Three days before, the authority is reminded."),
            _l("Send again makes a new link, and the old one opens nothing any more. It can be done five times."),
            _l("A cancelled invitation cannot be brought back. The authority is told the reason."),
            _l("Export gives you the whole list as a file, with the filters and the order that you have chosen."),
            _l(
                "Your colleagues with administrator rights handle the invitations of your authority too, and the"
                " national coordinator those of the country."
            ),
            _l(
                "With Invite several at once you paste names and addresses, for example from a spreadsheet, and see"
                " what becomes of each before anything is sent."
            ),
        ),
        see_also=("invite-many", "validation", "register-authority"),
    ),
    Topic(
        name="validation",
        group="registration",
        page="Awaiting validation",
        title=_l("Awaiting validation"),
        lead=_l(
            "An authority that has registered itself is found by nobody, and its first user has no account, before you"
            " have validated it."
        ),
        steps=(
            _l("Open the oldest registration first."),
            _l("Read the warnings on top, what differs from the invitation, and which authorities look like this one."),
            _l("Ring the authority if you doubt who has written, at a number that you know from elsewhere."),
            _l("Validate the registration. Or correct it, send it back with what is to be corrected, or reject it."),
            _l("Pass on the username by telephone, and give access to modules."),
        ),
        notes=(
            _l("You validate what you see. If a colleague changes it meanwhile, nothing happens, and you see what."),
            _l("You cannot decide on a registration with your own e-mail address. A colleague can."),
            _l("A rejected registration is deleted after 30 days."),
        ),
        see_also=("invitations", "receipt", "grant-modules"),
    ),
    Topic(
        name="invited",
        group="registration",
        page="",
        title=_l("If your authority has been invited"),
        lead=_l("You have received a mail with a personal link. By it you register your authority without an account."),
        steps=(
            _l("Open the link in the mail, and choose Begin the registration."),
            _l("Fill in the form. Choose Save draft if you lack something, and go on another day by the same link."),
            _l("Choose Continue, check what you have written, and choose Send registration."),
            _l("Wait for a mail: the registration is validated, or sent back with what is to be corrected."),
            _l("The first user gets a temporary password by e-mail, and is told the username by telephone."),
        ),
        notes=(
            _l("Pass the link on only to who is to register the authority: whoever has it can do so."),
            _l("If the link opens nothing, it may have been sent again. Then only the newest mail counts."),
            _l("Whom to ask stands in the mail, and on the page that the link opens."),
        ),
        see_also=("sign-in",),
    ),
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
        see_also=("invitations", "validation"),
    ),
)
