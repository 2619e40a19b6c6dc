"""The number of another register as people read it: CVR-nummer 13585628."""

from __future__ import annotations

from app.i18n import _
from app.policy.identifiers import OTHER, scheme_of, schemes_of


def choices(country_code: str | None) -> list[tuple[str, str, dict[str, str]]]:
    """The registers of the country by what they are called there, which is not translated, and any other number."""
    registers = [(scheme.code, scheme.name, {"translate": "no"}) for scheme in schemes_of(country_code)]
    return [*registers, (OTHER, _("Another number"), {})]


def identifier_text(country_code: str | None, code: str, value: str) -> str:
    """Name of the register and number; an empty text where there is none."""
    scheme = scheme_of(country_code, code)
    name = scheme.name if scheme else _("Another number") if code == OTHER else code
    return f"{name} {value}" if value else ""
