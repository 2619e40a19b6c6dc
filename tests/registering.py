"""What somebody types who registers an authority: the same for services and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from app.services.registration_details import RegistrationDetails

TYPED: dict[str, str] = {
    "official_name": "Ålborg Kommune",
    "title_da": "Byggesager i Aalborg",
    "title_en": "Building permits in Aalborg",
    "phone": "+45 99 31 31 31",
    "email": "post@aalborg.example",
    "website": "https://www.aalborg.example/imi?a=1&b=2",
    "street": "Boulevarden 13, 1. sal",
    "postal_code": "9000",
    "city": "Aalborg",
    "first_name": "Sørine",
    "last_name": "O'Møller-Åberg",
    "user_email": "sorine@aalborg.example",
    "user_phone": "+45 (0)99 31-00.07",
    "user_language": "da",
}


def typed(**changed: Any) -> dict[str, Any]:
    """The form as it is posted."""
    return {**TYPED, **changed}


def details(**changed: Any) -> RegistrationDetails:
    """The form as the service takes it; a title by its field's name."""
    given = {"entry_ids": frozenset(), **typed(**changed)}
    titles = {name.removeprefix("title_"): given.pop(name) for name in list(given) if name.startswith("title_")}
    return RegistrationDetails(titles=titles, **given)


def contacts(number: int) -> dict[str, str]:
    """Contact data of the authority that no other number has, so that two of them do not look like one (R8)."""
    return {
        "email": f"post{number}@kommune.example",
        "phone": f"+45 99 32 {number:04}",
        "website": f"https://www.kommune.example/{number}",
    }


def checked(browser: Any, fields: Mapping[str, str], **request: Any) -> tuple[str, dict[str, str]]:
    """From the form to the check page: where that sends what it holds, and what that is, without its token."""
    led = browser.send("/register-authority/", {**fields, "step": "check"}, **request)
    page = browser.get(led.headers["Location"], **request).text
    form = page.split('<form id="check"', 1)[1]
    address = re.search(r'action="([^"]+)"', form)
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    assert address is not None
    held = {name: unescape(value) for name, value in hidden if name != "csrf_token"}
    return address[1], {**held, "step": "create"}
