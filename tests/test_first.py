"""The first test of all: two people, one test, two answers."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.rule("R70")
def test_two_people_who_take_turns_each_get_their_own_page(make: Any, sign_in: Any) -> None:
    """Whoever asks is answered for himself: nothing of one request is left for the next, whoever sends it."""
    clients = {}
    for name, authority in (("Asta", make.authority("Fyret")), ("Bo", make.authority("Havnen"))):
        clients[f"{name} Prøve", authority.official_name] = sign_in(
            make.user(authority, first_name=name, last_name="Prøve")
        )
    for _ in range(3):
        for (name, authority), client in clients.items():
            for address in ("/", "/profile/"):
                text = client.get(address).text
                others = [word for key in clients if key != (name, authority) for word in key]
                assert name in text
                assert authority in text
                assert not [word for word in others if word in text]
