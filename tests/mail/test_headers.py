"""What may stand in a mail's header."""

from __future__ import annotations

import pytest

from app.errors import InvalidInput
from app.mail.headers import checked_address, checked_subject

CONTROLS = ["\r\nBcc: x@example.org", "\n", "\r", "\0", "\x1b", "\u202e", "\u200b", "\u2028", "\x85"]


@pytest.mark.rule("R84")
@pytest.mark.parametrize("bad", CONTROLS)
def test_control_characters_are_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        checked_subject(f"Hello{bad}there")
    with pytest.raises(InvalidInput):
        checked_address(f"anne{bad}@example.org")


@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    "bad",
    [
        "",
        "anne",
        "@example.org",
        "anne@",
        "a@b@example.org",
        "Anne <anne@example.org>",
        "a@x.org,b@x.org",
        "ænne@example.org",
        "anne@exa mple.org",
        "a" * 250 + "@example.org",
        "anne@[127.0.0.1]",
        "anne@ex\ud800.org",
    ],
)
def test_what_is_no_plain_address_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        checked_address(bad)


def test_good_ones_pass() -> None:
    assert checked_address("anne.b+c@example.org") == "anne.b+c@example.org"
    assert checked_address("anne@søfart.dk") == "anne@xn--sfart-vua.dk"
    assert checked_subject("Ny myndighed: Søfartsstyrelsen – åben") == "Ny myndighed: Søfartsstyrelsen – åben"
    assert len(checked_subject("x" * 400)) == 250
