"""Text that people type: brought into one form, and refused where it is not what it says it is (R84)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app.errors import InvalidInput
from app.i18n import _l

# What leaves no mark, and so is a means to deceive: Default_Ignorable_Code_Point, and blanks that are letters.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_WEB_ADDRESS = re.compile(r"(?i)(//|https?:|\bwww\.|[a-z0-9-]\.[a-z]{2,}/)")
_DOMAIN = re.compile(r"(?i)[a-z0-9-]{2,}\.[a-z]{2,}")
_PHONE = re.compile(r"^\(?\+?[0-9 ()./-]+$")
_HOST = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$", re.IGNORECASE)


class Entries:
    """Checks fields one by one and keeps what is wrong with each, so that all is told at once."""

    def __init__(self) -> None:
        self.problems: dict[str, object] = {}

    def line(self, field: str, value: str, most: int, *, required: object = None) -> str:
        """One line of text: a name, a street, a town."""
        # Far too long is told before it is brought into form, which takes the square of its length.
        text = value.strip() if len(value) > 4 * most + 100 else unicodedata.normalize("NFC", value).strip()
        self._note(field, _line_problem(text, most) or (required if not text else None))
        return text

    def message(self, field: str, value: str, most: int, *, required: object = None) -> str:
        """Text of several lines, which stands as a quotation in a mail: a message, a reason."""
        given = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
        text = given if len(given) > 4 * most + 100 else unicodedata.normalize("NFC", given)
        self._note(field, _line_problem(text.replace("\n", " "), most) or (required if not text else None))
        return text

    def name(self, field: str, value: str, most: int, *, required: object = None) -> str:
        """A name or title: one line that holds no web address."""
        text = self.line(field, value, most, required=required)
        if field not in self.problems and _WEB_ADDRESS.search(_as_read(text)):
            self._note(field, _l("A name or title must not contain a web address."))
        return text

    def person(self, field: str, value: str, most: int, *, required: object = None) -> str:
        """A name of a person, which stands in mails: it holds no domain either."""
        text = self.name(field, value, most, required=required)
        if field not in self.problems and _DOMAIN.search(_as_read(text)):
            self._note(field, _l("A name or title must not contain a web address."))
        return text

    def email(self, field: str, value: str, *, required: object = None) -> str:
        """An e-mail address, written as addresses are compared: the domain in small letters."""
        text = self.line(field, value, 254, required=required)
        if field in self.problems or not text:
            return text
        try:
            return _as_told_apart(validate_email(text, check_deliverability=False, allow_smtputf8=False))
        except EmailNotValidError:
            self._note(field, _l("Write a valid e-mail address, for instance name@authority.eu."))
            return text

    def phone(self, field: str, value: str, *, required: object = None) -> str:
        """A telephone number as people write it, with at least five digits."""
        text = self.line(field, value, 40, required=required)
        digits = sum(c.isdigit() for c in text)
        if text and not _PHONE.match(text):
            self._note(field, _l("Write a telephone number with digits, for instance +45 12 34 56 78."))
        elif text and digits < 5:
            self._note(
                field,
                _l("The telephone number is too short. Write at least five digits, for instance +45 12 34 56 78."),
            )
        return text

    def website(self, field: str, value: str) -> str:
        """A web address with http or https; the form `www.…` is completed."""
        text = self.line(field, value, 300)
        if field in self.problems or not text:
            return text
        full = text if "://" in text else f"https://{text}"
        if len(full) > 300 or not _is_website(full):
            self._note(field, _l("Write a web address that begins with https:// or http://."))
        return full

    def one_of(self, field: str, value: str, choices: set[str], problem: object) -> str:
        """One of a closed list of values."""
        if value not in choices:
            self._note(field, problem)
        return value

    def note(self, field: str, problem: object) -> None:
        """Keep what another check found wrong with a field."""
        self._note(field, problem)

    def refuse(self) -> None:
        """Raise InvalidInput if anything was wrong."""
        if self.problems:
            raise InvalidInput(_l("Some fields must be corrected. Nothing has been saved yet."), self.problems)

    def _note(self, field: str, problem: object) -> None:
        if problem and field not in self.problems:
            self.problems[field] = problem


def _as_told_apart(address: ValidatedEmail) -> str:
    """A domain with letters of other alphabets as machines write it: by eye nobody could tell it from another."""
    latin = all(unicodedata.name(c, "").startswith("LATIN ") for c in address.domain if c.isalpha())
    return address.normalized if latin else f"{address.local_part}@{address.ascii_domain}"


def _as_read(text: str) -> str:
    """As a mail program may read it when it looks for something to link to."""
    return unicodedata.normalize("NFKC", text).replace("\ua789", ":").replace("\u3002", ".")


def _line_problem(text: str, most: int) -> object:
    if len(text) > most:
        return _l("Write at most %(most)s characters. There are now %(now)s.", most=most, now=len(text))
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for c in text):
        return _l("Line breaks and control characters cannot be used here. Write it on one line.")
    if _UNSEEN.search(text) or any(unicodedata.category(c) == "Cf" for c in text):
        return _l("The text contains invisible characters. Write it again instead of pasting it.")
    if "<" in text or ">" in text:
        return _l("The characters < and > cannot be used here.")
    return None


def _is_website(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port_is_right = parts.port is None or parts.port > 0
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return False
    plain = parts.scheme in ("http", "https") and not re.search("[@\u3002\uff0e\uff61]", parts.netloc)
    return plain and port_is_right and not re.search(r"\s", address) and bool(_HOST.match(host))
