"""Rights in words: roles, acts, the authorities on which an act is allowed, pages, and the rules that limit them."""

from __future__ import annotations

from app.i18n import _l

# Keyed by the values of the roles in policy.roles.
ROLES: dict[str, object] = {
    "restricted": _l("Must first choose a password"),
    "user": _l("User"),
    "administrator": _l("Administrator of the authority itself"),
    "access_manager": _l("Administrator of an access manager"),
    "nimic": _l("Administrator of the national IMI coordinator (NIMIC)"),
    "commission": _l("Administrator at the Commission"),
}

# Keyed by the values of policy.matrix.Act.
ACTS: dict[str, object] = {
    "search_authorities": _l("Search for authorities"),
    "read_public_page": _l("Open an authority's public page"),
    "find_authorities": _l("Find authorities in the list of coordinated authorities"),
    "read_tabs": _l("Read the tabs Authority, Classification and Modules"),
    "read_users": _l("Read the tabs Users and Management information"),
    "read_log": _l("Read the log history"),
    "edit_data": _l("Edit basic data and classification"),
    "edit_official_name": _l("Edit the official name"),
    "manage_users": _l("Register, edit and remove users, and reset their passwords"),
    "give_module_roles": _l("Give and withdraw user roles in modules"),
    "give_administrator_rights": _l("Give and withdraw administrator rights"),
    "grant_modules": _l("Grant, change and suspend access to modules"),
    "edit_access_classification": _l("Change the module classification of an access"),
    "change_status": _l("Deactivate and reactivate the authority"),
    "change_access_managers": _l("Add and remove access managers"),
    "delegate": _l("Delegate responsibility, and change or revoke a delegation"),
    "send_mail": _l("Send e-mail"),
    "confirm_data": _l("Confirm that the data are up to date"),
    "see_username": _l("See the username of a user"),
    "see_undelivered_mail": _l("See mail that was not delivered, and send it again"),
    "export_users": _l("Export a list of users"),
}
REGISTER: object = _l("Register an authority with its first user")
REGISTERED: object = _l("in one's own country")
INVITE: object = _l("Invite an authority to register itself")
# Keyed by the values of policy.matrix.InvitationAct, and of policy.matrix.Invited.
INVITATION_ACTS: dict[str, object] = {
    "handle_invitation": _l("See an invitation, send it again and cancel it"),
    "validate_registration": _l("See, correct, validate, return and reject the registration of an invited authority"),
}
INVITED: dict[str, object] = {
    "by_own": _l("invited by one's own authority"),
    "by_country": _l("all invited in the country"),
}

# Keyed by the values of policy.matrix.Domain.
DOMAINS: dict[str, object] = {
    "any_active": _l("all active authorities"),
    "own": _l("one's own authority"),
    "reach": _l("authorities within the delegation"),
    "country": _l("the other authorities of the country"),
    "country_found": _l("the authorities of the country"),
    "country_all": _l("all authorities of the country"),
    "nimics": _l("national IMI coordinators"),
    "everywhere": _l("all authorities"),
}

# Keyed by the values of policy.pages.Page and of policy.pages.Verb.
PAGES: dict[str, object] = {
    "Overview": _l("Overview"),
    "Sign in": _l("Sign out"),  # signing in is open to all
    "Change password": _l("Change password"),
    "Password again": _l("Enter your password again"),
    "My profile": _l("My profile"),
    "Search": _l("Search"),
    "Authorities": _l("Authorities"),
    "Find authorities": _l("Find authorities"),
    "Authority": _l("The tabs of an authority"),
    "My authority": _l("My authority"),
    "Coordinated authorities": _l("Coordinated authorities"),
    "Register authority": _l("Register authority"),
    "Registration invitations": _l("Registration invitations"),
    "My tasks": _l("My tasks"),
    "Awaiting validation": _l("Awaiting validation"),
    "Module access": _l("Grant access to a module"),
    "Administration": _l("Administration"),
    "Operations": _l("Operations"),
    "Jobs and log": _l("Jobs and log"),
    "Mails": _l("Mails"),
}
VERBS: dict[str, object] = {"can_read": _l("see"), "can_write": _l("act"), "menu_access": _l("menu item")}

# What the rules of docs/rules.md take away, by their numbers.
RULES: dict[str, object] = {
    "R1": _l("The first user is registered with the authority, and becomes its administrator."),
    "R5": _l("A username is shown only when one asks for it, and this is logged; not after the user has signed in."),
    "R7": _l("Only in one's own country."),
    "R11": _l("An authority registers itself only when it has been invited."),
    "R13": _l(
        "When an authority is no longer an access manager, the national IMI coordinator handles what it has sent."
        " The links stay valid."
    ),
    "R17": _l(
        "Nobody decides on a registration when his own e-mail address is that of its first user or of the invitation."
    ),
    "R20": _l("Deactivated authorities are found too."),
    "R24": _l(
        "The delegation covers the whole country, or only the authorities that have one's own as access manager."
        " Acts on others than these are marked in the log."
    ),
    "R27": _l("No authority is its own access manager."),
    "R30": _l("Only while a delegation is in force: from its first day to its last, and not once it is revoked."),
    "R31": _l("Only in the modules that the delegation covers."),
    "R50": _l("Nobody raises his own rights, neither by an act on himself nor by one on his own authority."),
    "R59": _l(
        "Deactivated authorities are found by their access managers, the national IMI coordinator and the Commission"
        " only. They get no e-mail, and their users read but change nothing except their own password."
    ),
    "R64": _l("National IMI coordinators and the Commission cannot be deactivated."),
    "R78": _l(
        "A delegation never covers the Commission, national IMI coordinators, or other authorities with a delegation."
    ),
}

# The page that prints all of it.
TITLE: object = _l("Who may do what")
EXPLANATION: tuple[object, ...] = (
    _l(
        "A person has the rights of every column that fits: an administrator is a user too, and an administrator of an"
        " access manager, of the national IMI coordinator or at the Commission is also an administrator of the"
        " authority itself. Roles are never stored. They follow at every act from the authority, its delegations, the"
        " administrator rights and the state of the password."
    ),
    _l(
        "Whoever has a temporary or expired password must first choose a new one. Administrator rights count only while"
        " the authority is active and the password is valid."
    ),
    _l("An act that is not allowed does not exist for the person: the answer is as if there were no such page."),
)
HEADINGS: dict[str, object] = {
    "acts": _l("Acts on authorities"),
    "act": _l("Act"),
    "pages": _l("Pages"),
    "page": _l("Page"),
    "rules": _l("What limits the rights"),
}
