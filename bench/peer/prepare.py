"""Makes Django's own tables in the product's database, the reader's account, and the indexes that its queries want.

Run with the peer's Python, once for each database. The product's indexes serve the peer as they are.
"""

from __future__ import annotations

import os
import sys

import django

INDEXES = {
    "sqlite": ("CREATE INDEX IF NOT EXISTS peer_people ON ab_user (last_name, first_name, id)",),
    "postgresql": (
        "CREATE INDEX IF NOT EXISTS peer_people ON ab_user (last_name, first_name, id)",
        *(
            f"CREATE INDEX IF NOT EXISTS peer_{column} ON {table} USING gin (upper({column}) gin_trgm_ops)"
            for table, column in (
                ("authority", "official_name"),
                *(("ab_user", column) for column in ("first_name", "last_name", "email_address")),
            )
        ),
    ),
}


def main(username: str, password: str) -> None:
    """Tables, indexes, account; may be run again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        for statement in INDEXES[connection.vendor]:
            cursor.execute(statement)
    _account(username, password)


def _account(username: str, password: str) -> None:
    """No superuser: his rights are looked up, as the product looks its reader's up."""
    from django.contrib.auth.models import Permission, User

    user, _made = User.objects.get_or_create(username=username, defaults={"is_staff": True})
    user.set_password(password)
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="panel", codename__startswith="view_"))


if __name__ == "__main__":
    main(*sys.argv[1:])
