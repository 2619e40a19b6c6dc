"""Help with finding authorities and reading their tabs (§3)."""

from __future__ import annotations

from app.i18n import _l
from app.i18n.help.topic import Topic

AUTHORITIES = (
    Topic(
        name="find-authorities",
        group="authorities",
        page="Find authorities",
        title=_l("Find authorities"),
        lead=_l("Here everybody finds the active authorities of all countries, and whom to ask there."),
        steps=(
            _l("Write one or more words of the name, the informal title, the town or the classification."),
            _l("Choose a country or a module; under More filters also the role in it, or words of the classification."),
            _l("Choose an authority to see how to reach it, what it is responsible for, and which modules it uses."),
        ),
        notes=(
            _l("The words may stand in any order, and neither capital letters nor accents matter."),
            _l("Only access that is granted today is shown. Authorities that are not active are not found here."),
            _l("The address of the page holds your search: you can save it as a bookmark or send it to a colleague."),
        ),
        see_also=("search", "coordinated-authorities", "authority"),
    ),
    Topic(
        name="coordinated-authorities",
        group="authorities",
        page="Coordinated authorities",
        title=_l("Coordinated authorities"),
        lead=_l("Here you find the authorities whose access you manage, and the others of your country."),
        steps=(
            _l("At first you see the authorities that have yours as access manager."),
            _l("Set Only my authorities to No to search among all those of your country."),
            _l("Write one or more words of the name, the informal title, the town or the classification."),
            _l("Open More filters to narrow the list by status, module, role, classification or access manager."),
            _l("Choose an authority to open its tabs."),
        ),
        notes=(
            _l("The words may stand in any order, and neither capital letters nor accents matter."),
            _l("Choose the heading of a column to sort by it, and once more to turn the order round."),
            _l("The address of the page holds your search: you can save it as a bookmark or send it to a colleague."),
            _l("Export gives you the whole list as a file, with the filters and the order that you have chosen."),
            _l("In a CSV file an apostrophe stands before what a spreadsheet would take for a formula, such as +45."),
        ),
        see_also=("coordinated-users", "authority", "search", "register-authority"),
    ),
    Topic(
        name="coordinated-users",
        group="authorities",
        page="Coordinated authorities",
        title=_l("Users of coordinated authorities"),
        lead=_l("Here you find the users of the authorities whose access you manage, and those of your country."),
        steps=(
            _l("Choose Users above the list of coordinated authorities."),
            _l("Write parts of a name or of an e-mail address, or choose the state of the password."),
            _l("Choose a user to open the tab Users of his authority."),
        ),
        notes=(
            _l("Usernames are in no list and cannot be searched for: they are shown only when they are passed on."),
            _l("A blocked password, or a temporary one that has expired, must be reset."),
            _l(
                "Export takes the list away as a file. You are asked for your password first, and it stands in the log."
            ),
            _l("You export only the users of the authorities whose users you may edit."),
        ),
        see_also=("coordinated-authorities", "users"),
    ),
    Topic(
        name="edit-authority",
        group="authorities",
        page="Authority",
        title=_l("Edit authority"),
        lead=_l("The data of an authority are kept by its own administrators and by its access managers."),
        steps=(
            _l("Open the authority, and choose Edit authority on the tab Authority."),
            _l("Correct what is wrong. Titles and descriptions can be written in each language of the country."),
            _l("Choose Save. What you have changed stands on the tabs at once, and in the log with what it was."),
            _l("Choose Confirm details on the tab Authority when everything is right, also where nothing was changed."),
        ),
        notes=(
            _l("The official name is changed by the access manager, for by it an authority is recognised."),
            _l("If a colleague saves something while you write, you are shown what, and lose nothing."),
            _l("When nobody has confirmed the data for a long time, the administrators are reminded by mail."),
        ),
        see_also=("authority", "classification"),
    ),
    Topic(
        name="search",
        group="authorities",
        page="Search",
        title=_l("Search"),
        lead=_l("The search box at the top finds authorities, and users where you may see them."),
        steps=(
            _l("Write one or more words: parts of a name, a title, a town."),
            _l("Choose what you were looking for among what was found."),
            _l("If more authorities fit than are shown, go on to all of them, and narrow them there."),
        ),
        notes=(
            _l("Capital letters and accents do not matter, and the words may stand in any order."),
            _l(
                "You only find what you are allowed to see. Deactivated authorities are found by those who manage them."
            ),
        ),
        see_also=("find-authorities", "coordinated-authorities"),
    ),
    Topic(
        name="authority",
        group="authorities",
        page="Authority",
        title=_l("The tab Authority"),
        lead=_l("Name, informal titles and contact details, by which others find the right authority to ask."),
        steps=(
            _l("Check that the details are right, and that the telephone number and the e-mail address are answered."),
            _l("Go on to the other tabs for classification, modules, users and management information."),
        ),
        notes=(
            _l("The official name is not translated. The informal title tells what the authority is responsible for."),
            _l(
                "If something is wrong and you cannot correct it yourself, write to the access manager on the tab"
                " Management information."
            ),
        ),
        see_also=("classification", "management"),
    ),
    Topic(
        name="classification",
        group="authorities",
        page="Authority",
        title=_l("The tab Classification"),
        lead=_l("The areas that describe what the authority is responsible for, so that others find it."),
        steps=(
            _l("See under each list which areas are chosen."),
            _l("Compare them with what the authority does today."),
            _l("Choose Edit classification to change them. Search the lists, or open one, and tick what fits."),
        ),
        notes=(
            _l("What is chosen stands above the lists, and can be removed there."),
            _l("An area that is no longer offered stays until it is removed."),
            _l("Modules have classification lists of their own. Those are shown on the tab Modules."),
        ),
        see_also=("modules", "edit-authority"),
    ),
    Topic(
        name="modules",
        group="authorities",
        page="Authority",
        title=_l("The tab Modules"),
        lead=_l("The modules the authority has access to, with its role, its status and its linked coordinators."),
        steps=(
            _l("See in the table in which modules the authority can exchange information."),
            _l("Access managers choose Grant access to give it a further module."),
        ),
        notes=(
            _l(
                "Where access is suspended, the authority can still finish exchanges that are under way, but neither"
                " receive nor begin new ones."
            ),
            _l("A coordinator follows the exchanges of the authorities that are linked to it in the module."),
        ),
        see_also=("grant-modules",),
    ),
    Topic(
        name="users",
        group="authorities",
        page="Authority",
        title=_l("The tab Users"),
        lead=_l("Who works for the authority in IMI, and whether they can sign in."),
        steps=(
            _l("Log-in status: new means that the user has never signed in, active that he has at least once."),
            _l(
                "Password status: temporary, valid, blocked or expired. A blocked or an expired temporary password must"
                " be reset."
            ),
            _l("Roles: what the user may do in which module."),
        ),
        notes=(
            _l("An authority should have two administrators, so that one can help if the other cannot."),
            _l("Usernames are never shown in lists."),
        ),
        see_also=("receipt",),
    ),
    Topic(
        name="management",
        group="authorities",
        page="Authority",
        title=_l("The tab Management information"),
        lead=_l("The status of the authority, who manages its access, and who its administrators are."),
        steps=(
            _l("Active: the authority can be found and uses its modules."),
            _l("Suspended: all its access to modules is suspended for the time being."),
            _l("Deactivated: it can no longer be found, and is deleted on the day that is shown."),
        ),
        notes=(_l("Write to an access manager if something about the authority must be changed."),),
        see_also=("authority",),
    ),
)
