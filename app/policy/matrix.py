"""The table of rights, as data: act × role → which authorities. Code, tests and documentation read this one table."""

from __future__ import annotations

from enum import StrEnum

from app.policy.roles import Role


class Domain(StrEnum):
    """The authorities on which an act is allowed. What each means in rows stands in `policy.authorities`."""

    any_active = "any_active"  # active ones of all countries
    own = "own"  # the actor's own
    reach = "reach"  # what a delegation in force covers, less those that R78 leaves out and that he does not find (R59)
    country = "country"  # all of the country but the actor's own (R50)
    country_found = "country_found"  # what an access manager finds: active ones, and deactivated ones that are his
    country_all = "country_all"  # all of the country
    nimics = "nimics"  # national coordinators
    everywhere = "everywhere"


class Act(StrEnum):
    """The rows of the table: what can be done to an authority and what belongs to it."""

    search_authorities = "search_authorities"
    read_public_page = "read_public_page"
    find_authorities = "find_authorities"
    read_tabs = "read_tabs"
    read_users = "read_users"
    read_log = "read_log"
    edit_data = "edit_data"
    edit_official_name = "edit_official_name"
    manage_users = "manage_users"
    give_module_roles = "give_module_roles"
    give_administrator_rights = "give_administrator_rights"
    grant_modules = "grant_modules"
    edit_access_classification = "edit_access_classification"
    change_status = "change_status"
    change_access_managers = "change_access_managers"
    delegate = "delegate"
    send_mail = "send_mail"
    confirm_data = "confirm_data"
    see_username = "see_username"
    see_undelivered_mail = "see_undelivered_mail"
    export_users = "export_users"


class Invited(StrEnum):
    """The invitations on which an act is allowed."""

    by_own = "by_own"  # sent by the actor's own authority
    by_country = "by_country"  # of the country, whoever sent them: those of who lost his delegation too (R13)


class InvitationAct(StrEnum):
    """What can be done to an invitation, and to the registration that comes of it."""

    handle_invitation = "handle_invitation"
    validate_registration = "validate_registration"


_U, _A, _M, _N, _C = Role.user, Role.administrator, Role.access_manager, Role.nimic, Role.commission
_FOUND = {_M: Domain.country_found, _N: Domain.country_all, _C: Domain.everywhere}
_ACTED = {_M: Domain.reach, _N: Domain.country, _C: Domain.nimics}
_SEEN = {_M: Domain.reach, _N: Domain.country_all, _C: Domain.everywhere}
_EVERYBODY = dict.fromkeys((_U, _A, _M, _N, _C), Domain.any_active)

MATRIX: dict[Act, dict[Role, Domain]] = {
    Act.search_authorities: _EVERYBODY,
    Act.read_public_page: _EVERYBODY,
    Act.find_authorities: _FOUND,
    Act.read_tabs: {_U: Domain.own, _A: Domain.own} | _FOUND,
    Act.read_users: {_A: Domain.own} | _FOUND,
    Act.read_log: {_A: Domain.own} | _SEEN,
    Act.edit_data: {_A: Domain.own} | _ACTED,
    Act.edit_official_name: _ACTED,
    Act.manage_users: {_A: Domain.own} | _ACTED,
    Act.give_module_roles: {_A: Domain.own} | _ACTED,
    Act.give_administrator_rights: {_A: Domain.own} | _ACTED,
    Act.grant_modules: _ACTED,
    Act.edit_access_classification: {_A: Domain.own} | _ACTED,
    Act.change_status: {_M: Domain.reach, _N: Domain.country},
    Act.change_access_managers: {_M: Domain.reach, _N: Domain.country},
    Act.delegate: {_N: Domain.country},
    Act.send_mail: {_M: Domain.reach, _N: Domain.country, _C: Domain.everywhere},
    Act.confirm_data: {_A: Domain.own} | _ACTED,
    Act.see_username: {_A: Domain.own} | _ACTED,
    Act.see_undelivered_mail: {_A: Domain.own} | _SEEN,
    Act.export_users: {_A: Domain.own} | _ACTED,
}

# A deactivated body keeps its rows in reach, but is no recipient (R59).
ONLY_ACTIVE: frozenset[Act] = frozenset({Act.send_mail})

# Who registers and invites bodies of his own country (R7). The Commission registers national coordinators only.
REGISTERS: frozenset[Role] = frozenset({_M, _N})
INVITES: frozenset[Role] = REGISTERS

INVITATIONS: dict[InvitationAct, dict[Role, Invited]] = dict.fromkeys(
    InvitationAct, {_M: Invited.by_own, _N: Invited.by_country}
)

# Who sees and starts jobs, and has the log verified.
RUNS_JOBS: frozenset[Role] = frozenset({_C})
# The rules of docs/rules.md that limit a domain, and those that limit an act besides.
DOMAIN_LIMITS: dict[Domain, tuple[str, ...]] = {
    Domain.any_active: ("R59",),
    Domain.own: (),
    Domain.reach: ("R7", "R24", "R30", "R59", "R78"),
    Domain.country: ("R7", "R50"),
    Domain.country_found: ("R7", "R20", "R59"),
    Domain.country_all: ("R7", "R20"),
    Domain.nimics: (),
    Domain.everywhere: (),
}
ACT_LIMITS: dict[Act, tuple[str, ...]] = {
    Act.edit_official_name: ("R50",),
    Act.give_module_roles: ("R31",),
    Act.give_administrator_rights: ("R50",),
    Act.grant_modules: ("R31", "R50"),
    Act.edit_access_classification: ("R31",),
    Act.change_status: ("R64",),
    Act.change_access_managers: ("R27",),
    Act.send_mail: ("R59",),
    Act.see_username: ("R5",),
}
REGISTER_LIMITS = ("R1", "R7")
INVITE_LIMITS = ("R7", "R11")
INVITED_LIMITS: dict[Invited, tuple[str, ...]] = {Invited.by_own: ("R13",), Invited.by_country: ("R7",)}
INVITATION_LIMITS: dict[InvitationAct, tuple[str, ...]] = {
    InvitationAct.handle_invitation: (),
    InvitationAct.validate_registration: ("R17",),
}


def limits_of(act: Act) -> frozenset[str]:
    """Every rule that limits the act for somebody."""
    return frozenset(ACT_LIMITS.get(act, ())).union(*(DOMAIN_LIMITS[domain] for domain in MATRIX[act].values()))
