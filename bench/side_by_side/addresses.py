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
        return str(getattr(self, site)).format(**words, last=last)


LIST, PEOPLE = "/coordinated-authorities/", "/coordinated-users/"
PEERS_LIST, PEERS_PEOPLE = "/admin/panel/authority/", "/admin/panel/person/"
PAGES = (
    Page("list, first page", LIST, PEERS_LIST, "/"),
    Page("list, last page", LIST + "?last=yes", PEERS_LIST + "?p={last}"),
    Page("search, rare word", LIST + "?q={rare}", PEERS_LIST + "?q={rare}"),
    Page("search, frequent word", LIST + "?q={frequent}", PEERS_LIST + "?q={frequent}"),
    Page("users", PEOPLE, PEERS_PEOPLE),
    Page("users, by name", PEOPLE + "?q={person}", PEERS_PEOPLE + "?q={person}"),
    Page("authority", "/authorities/{shown_public_id}/", PEERS_LIST + "{shown}/change/"),
    Page("authority, its users", "/authorities/{shown_public_id}/users", PEERS_LIST + "{shown}/change/"),
    Page("log-in page", "/login/", "/admin/login/", signed_in=False),
)
