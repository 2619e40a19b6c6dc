"""Numbers of other registers: check digits, and one form in which they are stored."""

from __future__ import annotations

import pytest

from app.models import Country
from app.policy.identifiers import OTHER, SCHEMES, compact, scheme_of, schemes_of
from tests.policy.test_likeness import HOSTILE


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("country", "code", "value", "stored"),
    [
        ("DK", "CVR", "13 58 56 28", "13585628"),
        ("DK", "CVR", "DK 13585628", "13585628"),
        ("DK", "CVR", "13585627", ""),
        ("DK", "CVR", "1358562", ""),
        ("DK", "ORGNR", "123456-7897", ""),  # another country's register
        ("SE", "ORGNR", "123456-7897", "1234567897"),
        ("NO", "ORGNR", "988 077 917", "988077917"),
        ("FR", "SIREN", "552 008 443", "552008443"),
        ("DK", OTHER, "ab-12 3", "AB123"),
        ("DK", OTHER, "x" * 41, ""),
        ("DK", "", "13585628", ""),
        (None, "CVR", "13585628", ""),
    ],
)
def test_check_digits_decide(country: str | None, code: str, value: str, stored: str) -> None:
    assert compact(country, code, value) == stored


@pytest.mark.rule("R8", "R84")
def test_no_text_is_too_hostile_for_any_register() -> None:
    for country, schemes in SCHEMES.items():
        for code in (*(scheme.code for scheme in schemes), OTHER):
            for text in HOSTILE:
                stored = compact(country, code, text)
                assert len(stored) <= 40
                assert stored.isprintable()


@pytest.mark.rule("R8")
def test_every_country_has_its_registers(db: object) -> None:
    countries = {country.code for country in db.session.query(Country)}  # type: ignore[attr-defined]
    assert countries == SCHEMES.keys()
    for country, schemes in SCHEMES.items():
        assert len({scheme.code for scheme in schemes}) == len(schemes)
        assert all(len(scheme.code) <= 20 and scheme.name for scheme in schemes)
        assert scheme_of(country, schemes[0].code) is schemes[0]
    assert schemes_of(None) == ()
