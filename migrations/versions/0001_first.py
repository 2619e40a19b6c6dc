"""The first tables: everything of release 1, with what holds it together.

Constraints are named in full (`op.f`), so that this file says what the database says, whatever the models come to be.
Closed lists of values are strings with a CHECK. Later changes get a migration of their own; this one stays as it is.

Revision ID: 0001
Revises:
Create Date: 2025-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# authority and ab_user point at each other. SQLite adds no key to a table that is there, but takes one to a table that
# is yet to come; PostgreSQL does the opposite. `use_alter` below leaves these three out on PostgreSQL only.
LATE_KEYS = ("registered_by_user_id", "validated_by_user_id", "confirmed_by_user_id")

# Flask-AppBuilder numbers its rows from sequences that it asks by name.
SEQUENCES = (
    "ab_api_key_id_seq",
    "ab_group_id_seq",
    "ab_group_role_id_seq",
    "ab_permission_id_seq",
    "ab_permission_view_id_seq",
    "ab_permission_view_role_id_seq",
    "ab_register_user_id_seq",
    "ab_role_id_seq",
    "ab_user_group_id_seq",
    "ab_user_id_seq",
    "ab_user_role_id_seq",
    "ab_view_menu_id_seq",
)

# Children before their parents: the order in which tables can go, with rows in them or without.
TABLES = (
    "removal_record",
    "audit_head",
    "audit_person",
    "audit_event",
    "outgoing_mail",
    "invitation",
    "user_module_role",
    "linked_coordinator",
    "module_access_classification",
    "module_access",
    "delegation_module",
    "delegation",
    "ab_api_key",
    "ab_group_role",
    "ab_user_group",
    "ab_user_role",
    "ab_permission_view_role",
    "ab_permission_view",
    "ab_register_user",
    "ab_group",
    "ab_role",
    "ab_view_menu",
    "ab_permission",
    "user_session",
    "retired_username",
    "password_history",
    "access_manager_link",
    "authority_classification",
    "authority_text",
    "ab_user",
    "authority",
    "user_role",
    "module_classification_list",
    "module",
    "classification_entry",
    "classification_list",
    "area",
    "country",
)

SQLITE_TRIGGERS = (
    """
CREATE TRIGGER module_access_role_change BEFORE UPDATE OF role ON module_access
WHEN OLD.role <> NEW.role AND (OLD.status <> 'suspended' OR NEW.status <> 'suspended')
BEGIN SELECT RAISE(ABORT, 'R38: the role changes only while the access is suspended'); END
""",
    """
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
    """
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
    # INSERT OR REPLACE deletes without asking the trigger on delete.
    """
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
)
POSTGRESQL_TRIGGERS = (
    """
CREATE FUNCTION module_access_role_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'R38: the role changes only while the access is suspended' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER module_access_role_change BEFORE UPDATE OF role ON module_access FOR EACH ROW
WHEN (OLD.role <> NEW.role AND (OLD.status <> 'suspended' OR NEW.status <> 'suspended'))
EXECUTE FUNCTION module_access_role_change()
""",
    """
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'R68: the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW
EXECUTE FUNCTION audit_event_append_only()
""",
    """
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT
EXECUTE FUNCTION audit_event_append_only()
""",
)
FUNCTIONS = ("module_access_role_change", "audit_event_append_only")


def upgrade() -> None:
    """Make all tables, then what must wait for them."""
    if _on_postgresql():
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(name, start=1, increment=1, minvalue=1, cycle=False)))
    _reference()
    _accounts_and_authorities()
    _framework()
    _access()
    _correspondence()
    _memory()
    if _on_postgresql():
        for column in LATE_KEYS:
            name = op.f(f"fk_authority_{column}")
            op.create_foreign_key(name, "authority", "ab_user", [column], ["id"], ondelete="SET NULL")
    for trigger in POSTGRESQL_TRIGGERS if _on_postgresql() else SQLITE_TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Leave nothing; tables take their indexes and triggers with them."""
    if _on_postgresql():
        for column in LATE_KEYS:
            op.drop_constraint(op.f(f"fk_authority_{column}"), "authority", type_="foreignkey")
    for name in TABLES:
        op.drop_table(name)
    if _on_postgresql():
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
        for name in SEQUENCES:
            op.execute(sa.schema.DropSequence(sa.Sequence(name)))


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _reference() -> None:
    """Master data of the Commission."""
    op.create_table(
        "country",
        sa.Column("code", sa.String(2), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_country")),
    )
    op.create_table(
        "area",
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("act", sa.String(300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_table(
        "classification_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("hierarchical", sa.Boolean(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_list")),
        sa.UniqueConstraint("code", name=op.f("uq_classification_list_code")),
        sa.CheckConstraint("scope IN ('general', 'module')", name=op.f("ck_classification_list_list_scope")),
    )
    op.create_table(
        "classification_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_entry")),
        sa.UniqueConstraint("list_id", "code", name=op.f("uq_classification_entry_list_id_code")),
        sa.UniqueConstraint("id", "list_id", name=op.f("uq_classification_entry_id_list_id")),
        sa.ForeignKeyConstraint(
            ["parent_id", "list_id"],
            ["classification_entry.id", "classification_entry.list_id"],
            name=op.f("fk_classification_entry_parent_id_list_id"),
        ),
        sa.ForeignKeyConstraint(["list_id"], ["classification_list.id"], name=op.f("fk_classification_entry_list_id")),
    )
    op.create_index(op.f("ix_classification_entry_parent_id"), "classification_entry", ["parent_id"])
    op.create_table(
        "module",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("area_code", sa.String(10), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("offers_coordinator", sa.Boolean(), nullable=False),
        sa.Column("requires_linked_coordinator", sa.Boolean(), nullable=False),
        sa.Column("has_request_settings", sa.Boolean(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("retired_from", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module")),
        sa.CheckConstraint(
            "offers_coordinator OR NOT requires_linked_coordinator", name=op.f("ck_module_coordinator_is_offered")
        ),
        sa.CheckConstraint(
            "type = 'request' OR NOT has_request_settings", name=op.f("ck_module_settings_for_requests_only")
        ),
        sa.CheckConstraint(
            "retired_from IS NULL OR retired_from >= active_from", name=op.f("ck_module_retired_after_active")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_module_code")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_module_area_code")),
        sa.CheckConstraint(
            "type IN ('request', 'notification', 'alert', 'repository', 'case', 'public_interface')",
            name=op.f("ck_module_module_type"),
        ),
    )
    op.create_index(op.f("ix_module_area_code"), "module", ["area_code"])
    op.create_table(
        "module_classification_list",
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", "list_id", name=op.f("pk_module_classification_list")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_module_classification_list_module_id")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["classification_list.id"], name=op.f("fk_module_classification_list_list_id")
        ),
    )
    op.create_index(op.f("ix_module_classification_list_list_id"), "module_classification_list", ["list_id"])
    op.create_table(
        "user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("for_authority", sa.Boolean(), nullable=False),
        sa.Column("for_coordinator", sa.Boolean(), nullable=False),
        sa.Column("needs_setting", sa.String(32), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_role")),
        sa.UniqueConstraint("module_id", "code", name=op.f("uq_user_role_module_id_code")),
        sa.UniqueConstraint("id", "module_id", name=op.f("uq_user_role_id_module_id")),
        sa.CheckConstraint("for_authority OR for_coordinator", name=op.f("ck_user_role_for_somebody")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_user_role_module_id")),
        sa.CheckConstraint(
            "needs_setting IN ('approval', 'refusal', 'allocation')", name=op.f("ck_user_role_needs_setting")
        ),
    )


def _accounts_and_authorities() -> None:
    """Bodies and accounts, which point at each other."""
    op.create_table(
        "authority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("route", sa.String(32), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=True),
        sa.Column("official_name", sa.String(250), nullable=False),
        sa.Column("official_name_key", sa.String(500), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("website", sa.String(300), nullable=False),
        sa.Column("street", sa.String(150), nullable=False),
        sa.Column("postal_code", sa.String(20), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("working_languages", sa.JSON(), nullable=False),
        sa.Column("identifier_scheme", sa.String(20), nullable=False),
        sa.Column("identifier_value", sa.String(40), nullable=False),
        sa.Column("registered_by_user_id", sa.Integer(), nullable=True),
        sa.Column("registered_by_authority_id", sa.Integer(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validated_by_user_id", sa.Integer(), nullable=True),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_user_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.CheckConstraint(
            "(kind = 'commission') = (country_code IS NULL)", name=op.f("ck_authority_country_but_for_commission")
        ),
        sa.CheckConstraint(
            "kind = 'authority' OR status = 'active'", name=op.f("ck_authority_coordinators_are_active")
        ),
        sa.CheckConstraint(
            "(status = 'deactivated') = (deactivated_at IS NOT NULL)", name=op.f("ck_authority_deactivated_has_moment")
        ),
        sa.CheckConstraint(
            "status <> 'deactivated' OR purge_on IS NOT NULL", name=op.f("ck_authority_deactivated_has_purge_date")
        ),
        sa.CheckConstraint("status <> 'active' OR purge_on IS NULL", name=op.f("ck_authority_active_is_not_purged")),
        sa.CheckConstraint(
            "status NOT IN ('active', 'deactivated') OR (official_name <> '' AND official_name_key <> '' AND city <> '' AND (email <> '' OR phone <> ''))",
            name=op.f("ck_authority_registered_is_complete"),
        ),
        sa.CheckConstraint(
            "(identifier_scheme = '') = (identifier_value = '')", name=op.f("ck_authority_identifier_is_whole")
        ),
        sa.UniqueConstraint("id", "country_code", name=op.f("uq_authority_id_country_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_authority_public_id")),
        sa.CheckConstraint("kind IN ('commission', 'nimic', 'authority')", name=op.f("ck_authority_authority_kind")),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting_validation', 'returned', 'rejected', 'lapsed', 'active', 'deactivated')",
            name=op.f("ck_authority_authority_status"),
        ),
        sa.CheckConstraint("route IN ('direct', 'invited')", name=op.f("ck_authority_registration_route")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_authority_country_code")),
        sa.ForeignKeyConstraint(
            ["registered_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_authority_registered_by_user_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_authority_id"],
            ["authority.id"],
            name=op.f("fk_authority_registered_by_authority_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["validated_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_authority_validated_by_user_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_authority_confirmed_by_user_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
    )
    op.create_index(op.f("ix_authority_confirmed_by_user_id"), "authority", ["confirmed_by_user_id"])
    op.create_index(op.f("ix_authority_country_name"), "authority", ["country_code", "official_name_key", "id"])
    op.create_index(op.f("ix_authority_registered_by_authority_id"), "authority", ["registered_by_authority_id"])
    op.create_index(op.f("ix_authority_registered_by_user_id"), "authority", ["registered_by_user_id"])
    op.create_index(op.f("ix_authority_status_purge"), "authority", ["status", "purge_on"])
    op.create_index(op.f("ix_authority_validated_by_user_id"), "authority", ["validated_by_user_id"])
    op.create_index(
        op.f("uq_authority_commission"),
        "authority",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("kind = 'commission'"),
        postgresql_where=sa.text("kind = 'commission'"),
    )
    op.create_index(
        op.f("uq_authority_name"),
        "authority",
        ["country_code", "official_name_key"],
        unique=True,
        sqlite_where=sa.text("status IN ('active', 'deactivated')"),
        postgresql_where=sa.text("status IN ('active', 'deactivated')"),
    )
    op.create_index(
        op.f("uq_authority_nimic"),
        "authority",
        ["country_code"],
        unique=True,
        sqlite_where=sa.text("kind = 'nimic'"),
        postgresql_where=sa.text("kind = 'nimic'"),
    )
    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_name", sa.String(64), nullable=False),
        sa.Column("last_name", sa.String(64), nullable=False),
        sa.Column("username", sa.String(128), nullable=False),
        sa.Column("password", sa.String(256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("email_address", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("is_superuser", sa.Boolean(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("password_is_temporary", sa.Boolean(), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("temporary_password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_log_ins", sa.Integer(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_log_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_log_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("username_passed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("username_passed_on_how", sa.String(200), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_user_username")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_user_email")),
        sa.ForeignKeyConstraint(
            ["created_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_created_by_fk"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_changed_by_fk"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_ab_user_public_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_ab_user_authority_id")),
        sa.UniqueConstraint("id", "authority_id", name=op.f("uq_ab_user_id_authority_id")),
    )
    op.create_index(op.f("ix_ab_user_changed_by_fk"), "ab_user", ["changed_by_fk"])
    op.create_index(op.f("ix_ab_user_created_by_fk"), "ab_user", ["created_by_fk"])
    op.create_index(
        op.f("uq_ab_user_address_in_authority"),
        "ab_user",
        ["authority_id", sa.text("lower(email_address)")],
        unique=True,
    )
    op.create_index(op.f("uq_ab_user_username_lower"), "ab_user", [sa.text("lower(username)")], unique=True)
    op.create_table(
        "authority_text",
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("title", sa.String(250), nullable=False),
        sa.Column("description", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "language", name=op.f("pk_authority_text")),
        sa.CheckConstraint("title <> '' OR description <> ''", name=op.f("ck_authority_text_says_something")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_authority_text_authority_id"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "authority_classification",
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "entry_id", name=op.f("pk_authority_classification")),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["authority.id"],
            name=op.f("fk_authority_classification_authority_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["classification_entry.id"], name=op.f("fk_authority_classification_entry_id")
        ),
    )
    op.create_index(op.f("ix_authority_classification_entry_id"), "authority_classification", ["entry_id"])
    op.create_table(
        "access_manager_link",
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_user_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("authority_id", "manager_id", name=op.f("pk_access_manager_link")),
        sa.CheckConstraint("authority_id <> manager_id", name=op.f("ck_access_manager_link_nobody_manages_himself")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_access_manager_link_authority_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["authority.id"], name=op.f("fk_access_manager_link_manager_id")),
        sa.ForeignKeyConstraint(
            ["added_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_access_manager_link_added_by_user_id"),
            ondelete="SET NULL",
        ),
    )
    op.create_index(op.f("ix_access_manager_link_added_by_user_id"), "access_manager_link", ["added_by_user_id"])
    op.create_index(op.f("ix_access_manager_link_manager"), "access_manager_link", ["manager_id", "authority_id"])
    op.create_table(
        "password_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_history")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_password_history_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_password_history_user"), "password_history", ["user_id", "chosen_at"])
    op.create_table(
        "retired_username",
        sa.Column("username_hash", sa.String(64), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username_hash", name=op.f("pk_retired_username")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"])
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"])


def _framework() -> None:
    """Tables that Flask-AppBuilder maps and we leave empty."""
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_permission_name")),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(250), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_view_menu")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_view_menu_name")),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_role")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_role_name")),
    )
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("label", sa.String(150), nullable=True),
        sa.Column("description", sa.String(512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_group_name")),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_name", sa.String(64), nullable=False),
        sa.Column("last_name", sa.String(64), nullable=False),
        sa.Column("username", sa.String(128), nullable=False),
        sa.Column("password", sa.String(256), nullable=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(256), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_register_user")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_register_user_username")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_register_user_email")),
    )
    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view")),
        sa.UniqueConstraint(
            "permission_id", "view_menu_id", name=op.f("uq_ab_permission_view_permission_id_view_menu_id")
        ),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["ab_permission.id"], name=op.f("fk_ab_permission_view_permission_id")
        ),
        sa.ForeignKeyConstraint(["view_menu_id"], ["ab_view_menu.id"], name=op.f("fk_ab_permission_view_view_menu_id")),
    )
    op.create_index(op.f("idx_permission_id"), "ab_permission_view", ["permission_id"])
    op.create_index(op.f("idx_view_menu_id"), "ab_permission_view", ["view_menu_id"])
    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view_role")),
        sa.UniqueConstraint(
            "permission_view_id", "role_id", name=op.f("uq_ab_permission_view_role_permission_view_id_role_id")
        ),
        sa.ForeignKeyConstraint(
            ["permission_view_id"],
            ["ab_permission_view.id"],
            name=op.f("fk_ab_permission_view_role_permission_view_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_ab_permission_view_role_role_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("idx_permission_view_id"), "ab_permission_view_role", ["permission_view_id"])
    op.create_index(op.f("idx_role_id"), "ab_permission_view_role", ["role_id"])
    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_role")),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_ab_user_role_user_id_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_role_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_ab_user_role_role_id"), ondelete="CASCADE"),
    )
    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_group")),
        sa.UniqueConstraint("user_id", "group_id", name=op.f("uq_ab_user_group_user_id_group_id")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_group_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_user_group_group_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("idx_user_group_id"), "ab_user_group", ["group_id"])
    op.create_index(op.f("idx_user_id"), "ab_user_group", ["user_id"])
    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group_role")),
        sa.UniqueConstraint("group_id", "role_id", name=op.f("uq_ab_group_role_group_id_role_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_group_role_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_ab_group_role_role_id"), ondelete="CASCADE"),
    )
    op.create_index(op.f("idx_group_id"), "ab_group_role", ["group_id"])
    op.create_index(op.f("idx_group_role_id"), "ab_group_role", ["role_id"])
    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("key_hash", sa.String(256), nullable=False),
        sa.Column("lookup_hash", sa.String(256), nullable=True),
        sa.Column("key_prefix", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_api_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_ab_api_key_uuid")),
        sa.UniqueConstraint("lookup_hash", name=op.f("uq_ab_api_key_lookup_hash")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_ab_api_key_user_id"), ondelete="CASCADE"),
    )
    op.create_index(op.f("idx_api_key_lookup_hash"), "ab_api_key", ["lookup_hash"], unique=True)
    op.create_index(op.f("idx_api_key_prefix"), "ab_api_key", ["key_prefix"])
    op.create_index(op.f("idx_api_key_user_id"), "ab_api_key", ["user_id"])


def _access() -> None:
    """Who manages whose access, and access itself."""
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("all_modules", sa.Boolean(), nullable=False),
        sa.Column("reach", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_user_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_user_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_delegation_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id", "country_code"],
            ["authority.id", "authority.country_code"],
            name=op.f("fk_delegation_delegate_id_country_code"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_delegation_public_id")),
        sa.CheckConstraint("reach IN ('country', 'own')", name=op.f("ck_delegation_reach")),
        sa.ForeignKeyConstraint(
            ["created_by_user_id"], ["ab_user.id"], name=op.f("fk_delegation_created_by_user_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_user_id"], ["ab_user.id"], name=op.f("fk_delegation_revoked_by_user_id"), ondelete="SET NULL"
        ),
    )
    op.create_index(op.f("ix_delegation_country_code"), "delegation", ["country_code"])
    op.create_index(op.f("ix_delegation_created_by_user_id"), "delegation", ["created_by_user_id"])
    op.create_index(op.f("ix_delegation_delegate"), "delegation", ["delegate_id", "valid_from"])
    op.create_index(op.f("ix_delegation_revoked_by_user_id"), "delegation", ["revoked_by_user_id"])
    op.create_table(
        "delegation_module",
        sa.Column("delegation_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delegation_id", "module_id", name=op.f("pk_delegation_module")),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegation.id"], name=op.f("fk_delegation_module_delegation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_delegation_module_module_id")),
    )
    op.create_index(op.f("ix_delegation_module_module_id"), "delegation_module", ["module_id"])
    op.create_table(
        "module_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.Boolean(), nullable=False),
        sa.Column("allocation", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_user_id", sa.Integer(), nullable=True),
        sa.Column("grant_reason", sa.String(1000), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_by_user_id", sa.Integer(), nullable=True),
        sa.Column("suspension_reason", sa.String(1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module_access")),
        sa.UniqueConstraint("authority_id", "module_id", name=op.f("uq_module_access_authority_id_module_id")),
        sa.UniqueConstraint("id", "module_id", "country_code", "role", name=op.f("uq_module_access_role")),
        sa.UniqueConstraint(
            "id", "module_id", "country_code", "role", "status", name=op.f("uq_module_access_standing")
        ),
        sa.UniqueConstraint("id", "authority_id", "module_id", name=op.f("uq_module_access_holder")),
        sa.ForeignKeyConstraint(
            ["authority_id", "country_code"],
            ["authority.id", "authority.country_code"],
            name=op.f("fk_module_access_authority_id_country_code"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_at IS NOT NULL)", name=op.f("ck_module_access_suspended_has_moment")
        ),
        sa.CheckConstraint(
            "status <> 'suspended' OR suspension_reason <> ''", name=op.f("ck_module_access_suspended_has_reason")
        ),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_module_access_module_id")),
        sa.CheckConstraint("status IN ('granted', 'suspended')", name=op.f("ck_module_access_access_status")),
        sa.CheckConstraint("role IN ('authority', 'coordinator')", name=op.f("ck_module_access_module_role")),
        sa.ForeignKeyConstraint(
            ["granted_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_module_access_granted_by_user_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["suspended_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_module_access_suspended_by_user_id"),
            ondelete="SET NULL",
        ),
    )
    op.create_index(op.f("ix_module_access_granted_by_user_id"), "module_access", ["granted_by_user_id"])
    op.create_index(op.f("ix_module_access_module"), "module_access", ["module_id", "status", "role"])
    op.create_index(op.f("ix_module_access_suspended_by_user_id"), "module_access", ["suspended_by_user_id"])
    op.create_table(
        "module_access_classification",
        sa.Column("access_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("access_id", "entry_id", name=op.f("pk_module_access_classification")),
        sa.ForeignKeyConstraint(
            ["access_id"],
            ["module_access.id"],
            name=op.f("fk_module_access_classification_access_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["classification_entry.id"], name=op.f("fk_module_access_classification_entry_id")
        ),
    )
    op.create_index(op.f("ix_module_access_classification_entry_id"), "module_access_classification", ["entry_id"])
    op.create_table(
        "linked_coordinator",
        sa.Column("access_id", sa.Integer(), nullable=False),
        sa.Column("coordinator_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("access_role", sa.String(32), nullable=False),
        sa.Column("coordinator_role", sa.String(32), nullable=False),
        sa.Column("coordinator_status", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("access_id", "coordinator_id", name=op.f("pk_linked_coordinator")),
        sa.ForeignKeyConstraint(
            ["access_id", "module_id", "country_code", "access_role"],
            ["module_access.id", "module_access.module_id", "module_access.country_code", "module_access.role"],
            name=op.f("fk_linked_coordinator_dependant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coordinator_id", "module_id", "country_code", "coordinator_role", "coordinator_status"],
            [
                "module_access.id",
                "module_access.module_id",
                "module_access.country_code",
                "module_access.role",
                "module_access.status",
            ],
            name=op.f("fk_linked_coordinator_coordinator"),
        ),
        sa.CheckConstraint("access_role = 'authority'", name=op.f("ck_linked_coordinator_dependant_is_authority")),
        sa.CheckConstraint(
            "coordinator_role = 'coordinator'", name=op.f("ck_linked_coordinator_coordinator_is_coordinator")
        ),
        sa.CheckConstraint("coordinator_status = 'granted'", name=op.f("ck_linked_coordinator_coordinator_is_granted")),
    )
    op.create_index(op.f("ix_linked_coordinator_coordinator"), "linked_coordinator", ["coordinator_id", "module_id"])
    op.create_table(
        "user_module_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_role_id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("access_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "user_role_id", name=op.f("pk_user_module_role")),
        sa.ForeignKeyConstraint(
            ["user_id", "authority_id"],
            ["ab_user.id", "ab_user.authority_id"],
            name=op.f("fk_user_module_role_user_id_authority_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["access_id", "authority_id", "module_id"],
            ["module_access.id", "module_access.authority_id", "module_access.module_id"],
            name=op.f("fk_user_module_role_access_id_authority_id_module_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_role_id", "module_id"],
            ["user_role.id", "user_role.module_id"],
            name=op.f("fk_user_module_role_user_role_id_module_id"),
        ),
    )
    op.create_index(op.f("ix_user_module_role_access"), "user_module_role", ["access_id", "authority_id", "module_id"])
    op.create_index(op.f("ix_user_module_role_role"), "user_module_role", ["user_role_id", "module_id"])
    op.create_index(op.f("ix_user_module_role_user"), "user_module_role", ["user_id", "authority_id"])


def _correspondence() -> None:
    """Invitations and the outbox."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("inviting_authority_id", sa.Integer(), nullable=False),
        sa.Column("invited_by_user_id", sa.Integer(), nullable=True),
        sa.Column("recipient_email", sa.String(254), nullable=False),
        sa.Column("invited_name", sa.String(250), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("message", sa.String(2000), nullable=False),
        sa.Column("suggested_modules", sa.JSON(), nullable=False),
        sa.Column("suggested_classification", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_user_id", sa.Integer(), nullable=True),
        sa.Column("closing_reason", sa.String(1000), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.CheckConstraint(
            "status NOT IN ('registered', 'returned', 'validated') OR authority_id IS NOT NULL",
            name=op.f("ck_invitation_answered_has_authority"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_invitation_country_code")),
        sa.ForeignKeyConstraint(
            ["inviting_authority_id"], ["authority.id"], name=op.f("fk_invitation_inviting_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_user_id"], ["ab_user.id"], name=op.f("fk_invitation_invited_by_user_id"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sa.CheckConstraint(
            "status IN ('sent', 'expired', 'cancelled', 'registered', 'returned', 'validated', 'rejected')",
            name=op.f("ck_invitation_invitation_status"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_user_id"], ["ab_user.id"], name=op.f("fk_invitation_closed_by_user_id"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("authority_id", name=op.f("uq_invitation_authority_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_invitation_authority_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_invitation_closed_by_user_id"), "invitation", ["closed_by_user_id"])
    op.create_index(op.f("ix_invitation_country_status"), "invitation", ["country_code", "status", "expires_at"])
    op.create_index(op.f("ix_invitation_invited_by_user_id"), "invitation", ["invited_by_user_id"])
    op.create_index(
        op.f("ix_invitation_inviter_status"), "invitation", ["inviting_authority_id", "status", "expires_at"]
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("reply_to", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(250), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("holds_secret", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_answer", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.CheckConstraint(
            "NOT holds_secret OR body IS NULL OR state IN ('queued', 'claimed', 'sending', 'unsure')",
            name=op.f("ck_outgoing_mail_secret_is_wiped"),
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outgoing_mail_sent_has_moment")),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'sending') OR lease_until IS NOT NULL",
            name=op.f("ck_outgoing_mail_leased_has_end"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_outgoing_mail_public_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mail_message_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_outgoing_mail_authority_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_outgoing_mail_user_id"), ondelete="CASCADE"),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'failed', 'unsure', 'given_up')",
            name=op.f("ck_outgoing_mail_mail_state"),
        ),
    )
    op.create_index(op.f("ix_outgoing_mail_authority"), "outgoing_mail", ["authority_id", "state"])
    op.create_index(op.f("ix_outgoing_mail_due"), "outgoing_mail", ["state", "due_at", "id"])
    op.create_index(op.f("ix_outgoing_mail_user_id"), "outgoing_mail", ["user_id"])


def _memory() -> None:
    """The log, and what stays of the removed."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("actor_authority_id", sa.Integer(), nullable=True),
        sa.Column("actor_authority_name", sa.String(250), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("subject_name", sa.String(300), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("outside_own", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("person_digests", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=True),
        sa.Column("hash", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
    )
    op.create_index(op.f("ix_audit_event_actor"), "audit_event", ["actor_user_id", "id"])
    op.create_index(op.f("ix_audit_event_authority"), "audit_event", ["authority_id", "id"])
    op.create_index(op.f("ix_audit_event_subject"), "audit_event", ["subject_kind", "subject_id", "id"])
    op.create_table(
        "audit_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_person")),
    )
    op.create_index(op.f("ix_audit_person_event_id"), "audit_person", ["event_id"])
    op.create_index(op.f("ix_audit_person_person_id"), "audit_person", ["person_id"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(200), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "removal_record",
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_removal_record")),
    )
    op.create_index(op.f("ix_removal_record_country_code"), "removal_record", ["country_code"])
