"""Help with registering an authority and giving it its modules (§2.1)."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

REGISTRATION = (
    Topic(
        name="register-authority",
        group="registration",
        page="Register authority",
        title=_l("Register authority"),
        lead=_l(
            "As an access manager you register an authority together with its first user, the superuser. Afterwards you"
            " give it access to modules."
        ),
        steps=(
            _l(
                "Check whether the authority is registered already. While you type, authorities that look like it are"
                " shown, with what you can do instead: an authority should be registered only once."
            ),
            _l("Write the official name, an informal title, the contact details and the town."),
            _l("Write the name, e-mail address and telephone number of the first user."),
            _l("Choose the areas that describe what the authority is responsible for, so that others find it."),
            _l("Check everything on the next page, and choose Register authority."),
            _l("Pass on the username, and then give access to modules."),
        ),
        notes=(
            _l(
                "Choose Save draft if you lack something. Your colleagues with administrator rights see the draft too"
                " and can go on with it."
            ),
            _l("You can only register authorities in your own country, and you become their access manager."),
            _l("The first user becomes an administrator, and receives a temporary password by e-mail at once."),
        ),
        see_also=("receipt", "grant-modules"),
    ),
    Topic(
        name="receipt",
        group="registration",
        page="Register authority",
        title=_l("Pass on the username"),
        lead=_l("The password goes out by e-mail. The username does not: you tell it to the user yourself."),
        steps=(
            _l("Choose Show username. That you saw it is logged."),
            _l("Ring the number on the page, and make sure that you speak with the right person."),
            _l("Read the username aloud, letter by letter."),
            _l("Choose Mark as passed on, and say how you did it."),
        ),
        notes=(
            _l("Never send the username by e-mail. Whoever reads a mail by mistake must not have both halves."),
            _l(
                "You find the receipt again on the authority's tab Users, until the user has signed in or the username"
                " is marked as passed on. After that only changing the username gives a new one."
            ),
            _l("The page says whether the mail with the temporary password has been sent."),
        ),
        see_also=("register-authority", "grant-modules"),
    ),
    Topic(
        name="grant-modules",
        group="registration",
        page="Module access",
        title=_l("Grant access to modules"),
        lead=_l("An authority can exchange information in IMI only in modules to which it has access."),
        steps=(
            _l("Open the authority, go to the tab Modules and choose Grant access."),
            _l("Choose the module."),
            _l("Choose whether the authority is to be a coordinator or an ordinary authority in it."),
            _l("Choose entries of the module's own classification, and its settings, where it has any."),
            _l("Choose a linked coordinator where the module asks for one. A coordinator has none itself."),
        ),
        notes=(
            _l("All administrators of the authority get the roles of the module that fit. Others get theirs by hand."),
            _l("You see only modules that your own delegation covers."),
            _l(
                "A linked coordinator is an authority of the same country that has access to the same module as"
                " coordinator."
            ),
        ),
        see_also=("modules",),
    ),
)
