"""The pages there are, each in one line. Whoever adds a page adds its line, and the page is tried in every way
(`docs/pages.md`)."""

from __future__ import annotations

CAUGHT = "20260715T100000000000-0123abcd"  # the name of a mail that the catcher has kept

# name: (username, or "" for nobody; path with {authority} and {new}; status; a form sent in it, by its button)
PAGES: dict[str, tuple[str, str, int, str]] = {
    "log-in": ("", "/login/", 200, ""),
    "log-in refused": ("", "/login/", 422, "Log ind|Sign in"),
    "log-in with a wrong password": ("", "/login/", 401, "Log ind|Sign in"),
    "change of a temporary password": ("new", "/password/", 200, ""),
    "change of a password refused": ("superb001", "/password/", 422, "Skift password|Change password"),
    "password again": ("superb001", "/password-again/?next=/profile/", 200, ""),
    "password again refused": ("superb001", "/password-again/", 403, "Fortsæt|Continue"),
    "overview": ("nimicdk001", "/", 200, ""),
    "overview of a user": ("superb001", "/", 200, ""),
    "help": ("nimicdk001", "/help/", 200, ""),
    "help for who is not signed in": ("", "/help/", 200, ""),
    "topic of the help": ("nimicdk001", "/help/register-authority", 200, ""),
    "profile": ("superb001", "/profile/", 200, ""),
    "profile with username": ("superb001", "/profile/", 200, "Vis brugernavn|Show username"),
    "list": ("nimicdk001", "/coordinated-authorities/?mine=no", 200, ""),
    "empty list": ("nimicdk001", "/coordinated-authorities/?q=findes-ikke", 200, ""),
    "list of what needs somebody": ("nimicdk001", "/coordinated-authorities/?show=one_administrator", 200, ""),
    "search": ("nimicdk001", "/search/?q=kommune", 200, ""),
    "search of a user": ("superb001", "/search/?q=styrelsen", 200, ""),
    "search for nothing": ("superb001", "/search/", 200, ""),
    "search in vain": ("superb001", "/search/?q=findes-ikke", 200, ""),
    "registration": ("adgang001", "/register-authority/", 200, ""),
    "registration refused": ("adgang001", "/register-authority/", 422, "Fortsæt|Continue"),
    "registration to be checked": ("adgang001", "/register-authority/", 200, "Fortsæt|Continue"),
    "registration like another": ("adgang001", "/register-authority/", 200, "Fortsæt|Continue"),
    "registration of a taken name": ("adgang001", "/register-authority/", 422, "Fortsæt|Continue"),
    "registration with drafts": ("nimicdk001", "/register-authority/", 200, ""),
    "draft": ("nimicdk001", "/register-authority/drafts/{draft}/", 200, ""),
    "draft saved": ("nimicdk001", "/register-authority/drafts/{draft}/", 200, "Gem kladde|Save draft"),
    "draft to be checked": ("nimicdk001", "/register-authority/drafts/{draft}/check", 200, ""),
    "draft to be discarded": ("nimicdk001", "/register-authority/drafts/{draft}/discard", 200, ""),
    "many invitations": ("adgang001", "/invitations/many/", 200, ""),
    "many invitations refused": ("adgang001", "/invitations/many/", 422, "Gennemse rækkerne|Check the rows"),
    "many invitations to be sent": ("adgang001", "/invitations/many/", 200, "Gennemse rækkerne|Check the rows"),
    "receipt": ("nimicdk001", "/register-authority/{new}/receipt", 200, ""),
    "receipt with username": ("nimicdk001", "/register-authority/{new}/receipt", 200, "Vis brugernavn|Show username"),
    "receipt of a username passed on": ("nimicdk001", "/register-authority/{authority}/receipt", 200, ""),
    "tab authority": ("nimicdk001", "/authorities/{authority}/", 200, ""),
    "tab classification": ("nimicdk001", "/authorities/{authority}/classification", 200, ""),
    "tab modules": ("nimicdk001", "/authorities/{authority}/modules", 200, ""),
    "tab modules, empty": ("nimicdk001", "/authorities/{new}/modules", 200, ""),
    "tab users": ("nimicdk001", "/authorities/{authority}/users", 200, ""),
    "tab management": ("nimicdk001", "/authorities/{authority}/management", 200, ""),
    "print sheet": ("nimicdk001", "/authorities/{authority}/print", 200, ""),
    "print sheet, empty": ("nimicdk001", "/authorities/{new}/print", 200, ""),
    "own authority": ("superb001", "/my-authority/", 200, ""),
    "choose a module": ("nimicdk001", "/authorities/{authority}/grant/", 200, ""),
    "grant": ("nimicdk001", "/authorities/{new}/grant/SERV-REQ", 200, ""),
    "grant refused": ("nimicdk001", "/authorities/{new}/grant/SERV-REQ", 422, "Giv adgang|Grant access"),
    "jobs and log": ("kommission001", "/operations/", 200, ""),
    "jobs and log, one under way": ("kommission001", "/operations/?job=tidy_up", 200, ""),
    "mails": ("kommission001", "/operations/mails/", 200, ""),
    "no mails": ("nimicdk001", "/operations/mails/?state=given_up", 200, ""),
    "mail": ("nimicdk001", "/operations/mails/{mail}/", 200, ""),
    "mail that waits too long": ("kommission001", "/operations/mails/{late}/", 200, ""),
    "mail refused": ("kommission001", "/operations/mails/{refused}/", 200, ""),
    "mail to be given up": ("nimicdk001", "/operations/mails/{mail}/give-up", 200, ""),
    "address with an addition": ("nimicdk001", "/profile/?x=1", 400, ""),
    "unknown page": ("nimicdk001", "/findes-ikke", 404, ""),
    "failure": ("", "/healthz", 500, ""),  # made to fail in these tests
    "caught mails": ("", "/dev/mails/", 200, ""),
    "caught mail": ("", f"/dev/mails/{CAUGHT}", 200, ""),
}

# What is typed before the form is sent, by label in either language.
TYPED = {
    "log-in with a wrong password": {"Brugernavn|Username": "nobody123", "Password|Password": "Forkert-1"},
    "registration to be checked": {
        "Officielt navn|Official name": "Søfartsstyrelsen",
        "Uformel titel (dansk)|Informal title (Danish)": "Beviser for søfarende",
        "E-mail|E-mail": "sfs@dma.example",
        "By|Town or city": "Korsør",
        "Fornavn|First name": "Hanne",
        "Efternavn|Last name": "Bork",
        "Den første brugers e-mail|First user's e-mail": "hanne@dma.example",
        "Den første brugers telefon|First user's telephone": "+45 72 19 60 00",
    },
    "registration like another": {
        "Officielt navn|Official name": "Sikkerhedstyrelsen (Danmark)",
        "Uformel titel (dansk)|Informal title (Danish)": "Autorisation af håndværkere",
        "E-mail|E-mail": "post@sikker.example",
        "By|Town or city": "Esbjerg",
        "Fornavn|First name": "Hanne",
        "Efternavn|Last name": "Bork",
        "Den første brugers e-mail|First user's e-mail": "hanne@sikker.example",
        "Den første brugers telefon|First user's telephone": "+45 72 19 60 00",
    },
    "many invitations to be sent": {
        "Myndigheder|Authorities": "\n".join(
            [
                "Navn;E-mail;Sprog",
                "Skagen Fyr- og Havnevæsen;post@skagenfyr.example;da",
                "Sikkerhedstyrelsen (Danmark);post@sikker.example",
                "Sikkerhedsstyrelsen;sik@sik.example",
                "Skagen Fyr og Havnevæsen;havn@skagenfyr.example;en",
                "Nævnet for Strandingsgods;ingen adresse;klingon",
            ]
        ),
    },
    "registration of a taken name": {"Officielt navn|Official name": "sikkerhedsstyrelsen"},
}

# Pages of which htmx replaces a part: the id of a control that makes it, and what is typed there ("" presses it).
SWAPS: dict[str, tuple[str, str]] = {
    "list": ("sort-CoordinatedAuthorityView-city", ""),
    "list of what needs somebody": ("sort-CoordinatedAuthorityView-city", ""),
    "registration": ("official_name", "Sikkerhedstyrelsen"),
    "registration refused": ("official_name", "Sikkerhedstyrelsen"),
    "registration of a taken name": ("official_name", " og mere"),
    "registration with drafts": ("official_name", "Sikkerhedstyrelsen"),
    "draft": ("official_name", "Sikkerhedstyrelsen"),
    "draft saved": ("official_name", "Sikkerhedstyrelsen"),
}

# Routes that answer a GET and are no page of ours.
NO_PAGES = {
    "static": "files",
    "appbuilder.static": "files of FAB, which nobody gets",
    "HealthView.alive": "says one word to machines",
    "DevMailsView.html": "the mail's own HTML, in a frame; tests/mail looks at letters",
}
