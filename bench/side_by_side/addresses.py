"""What is measured: each page with its address at the product, at the peer and, where there is one, at the bare page.

An address may hold what the reader's facts hold. Goals, and what they are measured by, are in `bench/bounds.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

PER_PAGE = 25


@dataclass(frozen=True)
class Page:
    """A page of which each site has its own."""

    name: str
    product: str
    peer: str
    bare: str = ""
    signed_in: bool = True

    def at(self, site: str, facts: dict[str, Any]) -> str:
        """The address at one of the sites; empty where it has no such page."""
        words = {name: quote_plus(str(value)) for name, value in facts.items()}
        last = -(-facts["authorities"] // PER_PAGE)
        return str(getattr(self, site)).format(**words, last=last, last_from_0=last - 1)


AUTHORITIES, PEOPLE = "/admin/panel/authority/", "/admin/panel/person/"
PAGES = (
    Page("list, first page", "/coordinated-authorities/", AUTHORITIES, "/"),
    Page(
        "list, last page",
        "/coordinated-authorities/?page_CoordinatedAuthorityView={last_from_0}",
        AUTHORITIES + "?p={last}",
    ),
    Page("search, rare word", "/coordinated-authorities/?q={rare}", AUTHORITIES + "?q={rare}"),
    Page("search, frequent word", "/coordinated-authorities/?q={frequent}", AUTHORITIES + "?q={frequent}"),
    Page("people, by name", "/search/?q={person}", PEOPLE + "?q={person}"),
    Page("authority", "/authorities/{shown_public_id}/", AUTHORITIES + "{shown}/change/"),
    Page("authority, its users", "/authorities/{shown_public_id}/users", AUTHORITIES + "{shown}/change/"),
    Page("log-in page", "/login/", "/admin/login/", signed_in=False),
)
