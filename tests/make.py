"""Rows for tests, with sensible values where a test says nothing."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    Delegation,
    DelegationModule,
    ImiUser,
    Invitation,
    InvitationStatus,
    LinkedCoordinator,
    Module,
    ModuleAccess,
    ModuleRole,
    Reach,
    Registrant,
    RegistrationDraft,
    RegistrationRoute,
    UserSession,
)
from app.policy.actor import Actor
from app.policy.folding import fold
from app.policy.likeness import email_key, match_keys, name_key
from app.services import passwords, sessions
from tests.registering import TYPED

PASSWORD = "Rigtigt-Kodeord-7"
_numbers = count(1)
DEACTIVATED = {
    "deactivated_at": datetime(2026, 1, 2, tzinfo=UTC),
    "purge_on": date(2026, 7, 2),
}


class Maker:
    """Makes rows and flushes them."""

    def authority(self, name: str = "", *, managed_by: Authority | None = None, **values: Any) -> Authority:
        name = name or f"Myndighed {next(_numbers)}"
        kind = values.setdefault("kind", AuthorityKind.authority)
        values.setdefault("country_code", None if kind is AuthorityKind.commission else "DK")
        status = values.setdefault("status", AuthorityStatus.active)
        if status is AuthorityStatus.deactivated:
            values = DEACTIVATED | values
        defaults: dict[str, Any] = {
            "city": "København",
            "email": "post@myndighed.example",
            "registered_at": clock.now(),
        }
        values = defaults | values
        contacts = {part: values[part] for part in ("email", "phone", "website", "country_code") if part in values}
        keys = {"official_name_key": fold(name), **match_keys(official_name=name, **contacts)}
        row = Authority(official_name=name, **(keys | values))
        row.texts = [AuthorityText(language="da", title=f"Om {name}")]
        self._add(row)
        if managed_by is not None:
            self.link(row, managed_by)
        return row

    def link(self, authority: Authority, manager: Authority) -> None:
        self._add(AccessManagerLink(authority_id=authority.id, manager_id=manager.id, since=clock.now()))

    def delegation(
        self, authority: Authority, *, reach: Reach = Reach.country, modules: list[Module] | None = None, **values: Any
    ) -> Delegation:
        values.setdefault("valid_from", clock.today() - timedelta(days=10))
        row = Delegation(
            country_code=authority.country_code,
            delegate_id=authority.id,
            all_modules=modules is None,
            reach=reach,
            created_at=clock.now(),
            **values,
        )
        self._add(row)
        for module in modules or []:
            self._add(DelegationModule(delegation_id=row.id, module_id=module.id))
        return row

    def draft(self, user: ImiUser, *, kept: bool = True, **values: Any) -> RegistrationDraft:
        """A draft that could be registered as it is; `typed` is a mapping here."""
        typed = values.pop("typed", None) or TYPED
        defaults: dict[str, Any] = {
            "authority_id": user.authority_id,
            "country_code": "DK",
            "made_by_user_id": user.id,
            "changed_by_user_id": user.id,
            "official_name": typed.get("official_name", ""),
            "created_at": clock.now(),
            "changed_at": clock.now(),
        }
        row = RegistrationDraft(typed=[list(pair) for pair in typed.items()], kept=kept, **(defaults | values))
        self._add(row)
        return row

    def user(self, authority: Authority, *, administrator: bool = True, **values: Any) -> ImiUser:
        number = next(_numbers)
        public_id = uuid.uuid4()
        defaults: dict[str, Any] = {
            "username": f"kimlar{number:06d}",
            "first_name": "Kim",
            "last_name": "Larsen",
            "email_address": f"kim{number}@myndighed.example",
            "phone": "+45 33 12 34 56",
            "password": passwords.hashed(PASSWORD),
            "password_is_temporary": False,
            "password_set_at": clock.now(),
            "registered_at": clock.now(),
            "first_log_in_at": clock.now(),
        }
        row = ImiUser(
            public_id=public_id,
            email=f"{public_id}@user.invalid",
            authority_id=authority.id,
            is_administrator=administrator,
            **({"active": True} | defaults | values),
        )
        self._add(row)
        return row

    def invitation(self, inviter: Authority, **values: Any) -> Invitation:
        """An invitation that the body has sent, and that nobody has answered."""
        number = next(_numbers)
        name = values.setdefault("invited_name", f"Opfordret {number}")
        address = values.setdefault("recipient_email", f"post@opfordret{number}.example")
        defaults: dict[str, Any] = {
            "country_code": inviter.country_code,
            "inviting_authority_id": inviter.id,
            "likeness_key": name_key(name),
            "email_key": email_key(address),
            "token_hash": sessions.hash_of(f"{number}"),
            "status": InvitationStatus.sent,
            "sent_at": clock.now(),
            "expires_at": clock.now() + timedelta(days=30),
        }
        row = Invitation(**(defaults | values))
        self._add(row)
        return row

    def waiting(self, inviter: Authority, **values: Any) -> Authority:
        """A body that the other has invited, and that has sent its registration."""
        row = self.authority(
            country_code=inviter.country_code,
            status=AuthorityStatus.awaiting_validation,
            route=RegistrationRoute.invited,
            **values,
        )
        person = {"first_name": "Sørine", "last_name": "Møller", "email_address": row.email, "phone": "+45 99 31 00 07"}
        self._add(Registrant(authority_id=row.id, submitted_at=clock.now(), **person))
        self.invitation(inviter, status=InvitationStatus.registered, authority_id=row.id)
        return row

    def nimic(self, country_code: str = "DK") -> Authority:
        return self.authority(f"NIMIC {country_code}", kind=AuthorityKind.nimic, country_code=country_code)

    def commission(self) -> Authority:
        return self.authority("Europa-Kommissionen", kind=AuthorityKind.commission)

    def access_manager(self, name: str = "", *, reach: Reach = Reach.country, modules: Any = None) -> Authority:
        row = self.authority(name)
        self.delegation(row, reach=reach, modules=modules)
        return row

    def module(self, code: str) -> Module:
        return db.session.scalars(select(Module).where(Module.code == code)).one()

    def access(
        self,
        authority: Authority,
        code: str,
        role: ModuleRole = ModuleRole.authority,
        *,
        linked: ModuleAccess | None = None,
        **values: Any,
    ) -> ModuleAccess:
        if values.get("status") is AccessStatus.suspended:
            values = {"suspended_at": clock.now(), "suspension_reason": "Prøve"} | values
        row = ModuleAccess(
            authority_id=authority.id,
            module_id=self.module(code).id,
            country_code=authority.country_code,
            role=role,
            granted_at=clock.now(),
            **({"status": AccessStatus.granted} | values),
        )
        self._add(row)
        if linked is not None:
            self._add(
                LinkedCoordinator(
                    access_id=row.id,
                    coordinator_id=linked.id,
                    module_id=row.module_id,
                    country_code=row.country_code,
                )
            )
        return row

    def actor(self, user: ImiUser) -> Actor:
        """The user as one who acts, read as a request reads him."""
        actor = sessions.actor_of(sessions.begin(user))
        assert actor is not None
        return actor

    def sessions_of(self, user: ImiUser) -> int:
        """How many sessions the user has open."""
        mine = select(func.count()).select_from(UserSession).where(UserSession.user_id == user.id)
        return db.session.scalar(mine) or 0

    def _add(self, row: Any) -> None:
        db.session.add(row)
        db.session.flush()
