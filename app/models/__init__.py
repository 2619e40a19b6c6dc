"""The tables; importing this package fills the metadata."""

from app.models import append_only as append_only
from app.models import trigrams as trigrams
from app.models.audit import AuditEvent, AuditHead, AuditLink, AuditPerson, AuditRepeat, LoggedAct
from app.models.authority import (
    AccessManagerLink,
    Authority,
    AuthorityClassification,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    RegistrationRoute,
)
from app.models.base import Model, name_in  # first: it sets how constraints are named
from app.models.classification import ClassificationEntry, ClassificationList, ListScope
from app.models.country import Country
from app.models.delegation import Delegation, DelegationModule, Reach
from app.models.invitation import Invitation, InvitationStatus, Registrant
from app.models.module import Area, Module, ModuleClassificationList, ModuleType, Setting, UserRole
from app.models.module_access import (
    AccessStatus,
    LinkedCoordinator,
    ModuleAccess,
    ModuleAccessClassification,
    ModuleRole,
)
from app.models.outgoing_mail import MailState, OutgoingMail
from app.models.registration_draft import RegistrationDraft
from app.models.removal import RemovalRecord
from app.models.schedule import JobRun, RunState, Schedule
from app.models.user import ImiUser, PassedOnHow, PasswordHistory, RetiredUsername, UserModuleRole, UserSession

__all__ = [
    "AccessManagerLink",
    "AccessStatus",
    "Area",
    "AuditEvent",
    "AuditHead",
    "AuditLink",
    "AuditPerson",
    "AuditRepeat",
    "Authority",
    "AuthorityClassification",
    "AuthorityKind",
    "AuthorityStatus",
    "AuthorityText",
    "ClassificationEntry",
    "ClassificationList",
    "Country",
    "Delegation",
    "DelegationModule",
    "ImiUser",
    "Invitation",
    "InvitationStatus",
    "JobRun",
    "LinkedCoordinator",
    "ListScope",
    "LoggedAct",
    "MailState",
    "Model",
    "Module",
    "ModuleAccess",
    "ModuleAccessClassification",
    "ModuleClassificationList",
    "ModuleRole",
    "ModuleType",
    "OutgoingMail",
    "PassedOnHow",
    "PasswordHistory",
    "Reach",
    "RegistrationDraft",
    "Registrant",
    "RegistrationRoute",
    "RemovalRecord",
    "RetiredUsername",
    "RunState",
    "Schedule",
    "Setting",
    "UserModuleRole",
    "UserRole",
    "UserSession",
    "name_in",
]
