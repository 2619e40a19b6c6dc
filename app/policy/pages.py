"""Which role may open which page: the coarse gate from which FAB's questions are answered.

Rows are decided elsewhere (`policy.authorities`): a page that opens shows only what its scope lets through.
"""

from __future__ import annotations

from enum import StrEnum

from app.policy.actor import Actor
from app.policy.roles import Role, roles_of

Grant = tuple[str, str]


class Page(StrEnum):
    """The pages, by the name that FAB asks for."""

    overview = "Overview"
    sign_in = "Sign in"
    password = "Change password"  # noqa: S105 (a page's name)
    password_again = "Password again"  # noqa: S105 (a page's name)
    profile = "My profile"
    search = "Search"
    authorities = "Authorities"
    find_authorities = "Find authorities"
    authority = "Authority"
    my_authority = "My authority"
    coordinated_authorities = "Coordinated authorities"
    register_authority = "Register authority"
    invitations = "Registration invitations"
    tasks = "My tasks"
    awaiting_validation = "Awaiting validation"
    module_access = "Module access"
    administration = "Administration"
    operations = "Operations"
    jobs = "Jobs and log"
    mails = "Mails"


class Verb(StrEnum):
    """What can be done on a page, as FAB names it."""

    read = "can_read"
    write = "can_write"
    menu = "menu_access"


def _grants(*pages: Page, verbs: tuple[Verb, ...]) -> frozenset[Grant]:
    return frozenset((verb.value, page.value) for page in pages for verb in verbs)


_ALL = (Verb.read, Verb.write, Verb.menu)
_SIGN_OUT = _grants(Page.sign_in, verbs=(Verb.write,))
_ACCOUNT = _grants(Page.password, Page.password_again, Page.profile, verbs=(Verb.read, Verb.write)) | _SIGN_OUT
_EVERYBODY = (
    _ACCOUNT
    | _grants(Page.overview, Page.find_authorities, verbs=(Verb.read, Verb.menu))
    | _grants(Page.authorities, verbs=(Verb.menu,))
    | _grants(Page.authority, Page.search, verbs=(Verb.read,))
)
_FINDS = _grants(Page.coordinated_authorities, verbs=(Verb.read, Verb.menu)) | _grants(
    Page.administration, verbs=(Verb.menu,)
)
_GRANTS_MODULES = _grants(Page.module_access, verbs=(Verb.read, Verb.write))
_REGISTERS = (
    _grants(Page.register_authority, Page.invitations, Page.awaiting_validation, verbs=_ALL)
    | _grants(Page.tasks, verbs=(Verb.menu,))
    | _GRANTS_MODULES
)

_MAILS = _grants(Page.mails, verbs=_ALL) | _grants(Page.operations, verbs=(Verb.menu,))

GRANTS: dict[Role, frozenset[Grant]] = {
    Role.restricted: _grants(Page.password, verbs=(Verb.read, Verb.write)) | _SIGN_OUT,
    Role.user: _EVERYBODY | _grants(Page.my_authority, verbs=(Verb.read, Verb.menu)),
    Role.administrator: _grants(Page.authority, verbs=(Verb.write,)),
    Role.access_manager: _FINDS | _REGISTERS,
    Role.nimic: _FINDS | _REGISTERS | _MAILS,
    Role.commission: _FINDS | _GRANTS_MODULES | _MAILS | _grants(Page.jobs, verbs=_ALL),
}


def grants_of(actor: Actor) -> frozenset[Grant]:
    """Every (verb, page) of the actor: resolved once a request, no statement."""
    return frozenset[Grant]().union(*(GRANTS[role] for role in roles_of(actor)))
