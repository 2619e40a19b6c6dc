"""The usernames of the demo, and who each is. Known to everybody, so production refuses to run with one (R89)."""

from __future__ import annotations

COMMISSION_USERNAME = "kommission001"
USERNAMES: dict[str, str] = {
    COMMISSION_USERNAME: "Commission",
    "nimicdk001": "NIMIC of Denmark",
    "adgang001": "access manager",
    "adgang002": "access manager, limited",
    "superb001": "superuser",
    "nimicse001": "NIMIC of Sweden",
    "superbse001": "superuser in Sweden",
}
