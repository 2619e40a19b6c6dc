"""Help with one's own account: signing in, passwords, the start page, the profile."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

ACCOUNT = (
    Topic(
        name="sign-in",
        group="account",
        page="",
        title=_l("Sign in"),
        lead=_l("You sign in with your username and your password. An e-mail address is never a username."),
        steps=(
            _l("Your username is told to you by the person who registered you, by telephone for example."),
            _l("The first time, use the temporary password from the e-mail that you received."),
            _l("Choose a password of your own. After that you come to the start page."),
        ),
        notes=(
            _l("No e-mail ever contains a username, and nobody from IMI ever asks for your password."),
            _l(
                "If you cannot sign in, ask an administrator of your authority, or its access manager, to reset your"
                " password. You then receive a new temporary password by e-mail."
            ),
            _l(
                "After several failed attempts in a row the password is blocked for your protection. Only resetting it"
                " helps."
            ),
        ),
        see_also=("password",),
    ),
    Topic(
        name="password",
        group="account",
        page="",
        title=_l("Change password"),
        lead=_l("A password is changed every six months, and whenever you think that somebody else may know it."),
        steps=(
            _l("Enter the password that you use now. The first time that is the temporary one from the e-mail."),
            _l("Choose a new password. The rules stand under the field and are ticked as you type."),
            _l("Repeat it and choose Change password. You are signed out everywhere else."),
        ),
        notes=(
            _l(
                "The password must have at least 8 characters, with an upper-case letter, a lower-case letter and a"
                " digit. Long passwords and passwords from a password manager are welcome."
            ),
            _l("You cannot choose one of your last five passwords again."),
            _l(
                "A temporary password can only be used for choosing a new one, and it runs out. If it has run out, ask"
                " for your password to be reset."
            ),
            _l(
                "Before acts of great importance you are asked for your password once more, even though you are signed"
                " in. What you had filled in is kept."
            ),
        ),
        see_also=("sign-in", "profile"),
    ),
    Topic(
        name="overview",
        group="account",
        page="Overview",
        title=_l("Overview"),
        lead=_l("The start page shows what is waiting for you, and what you can do here."),
        steps=(
            _l("Begin with what is waiting for you. Every number leads to the list behind it."),
            _l("Choose in the menu what you want to do. You only see what you are allowed to do."),
        ),
        notes=(
            _l("Your own details, your password and Sign out stand under your name at the top right."),
            _l("You can change the language and the colours of the pages at any time, and nothing you typed is lost."),
        ),
        see_also=("profile",),
    ),
    Topic(
        name="profile",
        group="account",
        page="My profile",
        title=_l("My profile"),
        lead=_l("Here you see what is registered about you, and which roles you have."),
        steps=(
            _l("Choose Show username if you have forgotten it. That you saw it is logged."),
            _l("Choose Change password to get a new one."),
        ),
        notes=(
            _l("Your roles are given by the administrators of your authority, or by its access manager."),
            _l("Mails from the system are written in the language that you chose for the pages."),
        ),
        see_also=("password",),
    ),
)
