"""What people type: what is taken, in which form, and what is refused at its field."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask_babel import force_locale

from app.errors import InvalidInput
from app.services.entered_text import Entries

KINDS = ("line", "name", "email", "phone", "website")
GOOD = {
    "line": "Rådhuspladsen 2, 1. sal",
    "name": "Sørine O'Møller-Åberg",
    "email": "sorine@aalborg.example",
    "phone": "+45 99 31 31 31",
    "website": "https://www.aalborg.example/imi?a=1#b",
}
MOST = {"line": 100, "name": 64, "email": 254, "phone": 40, "website": 300}


def enter(kind: str, value: str, *, required: object = None) -> tuple[str, dict[str, object]]:
    """What is made of a value, and what is wrong with it."""
    entries = Entries()
    words: dict[str, Any] = {} if kind == "website" else {"required": required}
    most = (MOST[kind],) if kind in ("line", "name") else ()
    return getattr(entries, kind)("field", value, *most, **words), entries.problems


# What no field takes, put into the middle of a value that it would take.
UNSEEN = {
    "CRLF": "\r\n",
    "LF": "\n",
    "CR": "\r",
    "tab": "\t",
    "NUL": "\x00",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "right to left override": "\u202e",
    "left to right embedding": "\u202a",
    "isolate": "\u2066",
    "right to left mark": "\u200f",
    "Arabic letter mark": "\u061c",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "interlinear annotation": "\ufff9",
    "tag letter": "\U000e0041",
    "variation selector": "\ufe0f",
    "Hangul filler": "\u3164",
    "empty Braille": "\u2800",
    "grapheme joiner": "\u034f",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udfff",
    "private use": "\ue000",
    "unassigned": "\U000e0fff",
    "no character": "\uffff",
    "HTML": "<script>alert(1)</script>",
    "less than": "<",
}


@pytest.mark.rule("R84")
@pytest.mark.parametrize("what", UNSEEN)
@pytest.mark.parametrize("kind", KINDS)
def test_no_field_takes_what_deceives(kind: str, what: str) -> None:
    good = GOOD[kind]
    assert enter(kind, good)[1] == {}
    middle = len(good) // 2
    _, problems = enter(kind, good[:middle] + UNSEEN[what] + good[middle:])
    assert list(problems) == ["field"]


@pytest.mark.rule("R84")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 10_000_000])
def test_no_field_takes_more_than_the_database_holds(app: Any, kind: str, length: int) -> None:
    with app.test_request_context(), force_locale("en"):
        _, problems = enter(kind, "1" * (MOST[kind] + length))
        now = MOST[kind] + length
        assert str(problems["field"]) == f"Write at most {MOST[kind]} characters. There are now {now}."


@pytest.mark.rule("R2")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "website"])
@pytest.mark.parametrize("empty", ["", "   ", "\u00a0\t\r\n"])
def test_an_empty_field_is_refused_only_where_it_is_required(kind: str, empty: str) -> None:
    assert enter(kind, empty) == ("", {})
    assert enter(kind, empty, required="Write it.") == ("", {"field": "Write it."})


def test_an_empty_website_is_none() -> None:
    assert enter("website", "  ") == ("", {})


@pytest.mark.rule("R84")
@pytest.mark.parametrize("kind", ["line", "name"])
def test_letters_are_composed_and_blanks_around_fall_off(kind: str) -> None:
    assert enter(kind, " \u00a0A\u030alborg e\u0301 \r\n") == ("Ålborg é", {})
    assert len(enter(kind, "A\u030a" * MOST[kind])[0]) == MOST[kind]  # measured as it is stored


TAKEN = {
    "line": [
        "Skt. Peders Stræde 5 & 7",
        'Hus "C"',
        "Łódź",
        "Αθήνα",
        "София",
        "'; DROP TABLE authority; --",
        "{{ 7*7 }}",
    ],
    "name": ["Πολιτεία", "Община Русе", "O'Brien", "Anne-Marie", "Wwwelle A/S", "Styrelsen (IMI)", "=1+1"],
    "email": [
        "a@b.example",
        "fornavn.efternavn+imi@sub.domain.example",
        "o'brien@dublin.example",
        "kontakt@bücher.example",
        "x_y-z@1a.example",
    ],
    "phone": ["12345", "+45 12 34 56 78", "0045-12.34/56 (78)", "+49 (0)30 123 456"],
    "website": [
        "http://a.example",
        "https://www.a.example:8443/path?q=1",
        "https://bücher.example/ø",
        "https://xn--bcher-kva.example",
        # A host in another script that looks like a Latin one: it is shown as it is, and nobody is sent there unasked.
        "https://аррӏе.example",
        "https://a.example/p@th",
    ],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in TAKEN.items() for value in values])
def test_what_is_right_is_taken_as_it_is(kind: str, value: str) -> None:
    assert enter(kind, value) == (value, {})


REFUSED = {
    "name": ["see https://evil.example", "www.evil.example", "HTTP://EVIL", "ftp://evil.example", "WWW.Evil"],
    "email": [
        "nobody",
        "@a.example",
        "a@",
        "a@b",
        "a@b@c.example",
        "a b@c.example",
        '"a b"@c.example',
        "Anne Jensen <a@b.example>",
        "Anne a@b.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example%0aBcc:c@d.example",
        "a..b@c.example",
        ".a@c.example",
        "a@-c.example",
        "a@c..example",
        "a@[127.0.0.1]",
        "a@localhost",
        "søren@a.example",
        "a@b.example(x)",
        "mailto:a@b.example",
        "a\\@b.example",
    ],
    "phone": [
        "ring me",
        "+45 12 34 AB 78",
        "1234",
        "+",
        "()-./",
        "12345 ext 7",
        "tel:+4512345678",
        "٠١٢٣٤٥٦",
        "12+345678",
    ],
    "website": [
        "javascript:alert(1)",
        "JaVaScRiPt://a.example/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example",
        "mailto:a@b.example",
        "//a.example",
        "https://",
        "https://localhost",
        "https://user:pass@a.example",
        "https://user@a.example",
        "https://:@a.example",
        "https://@a.example",
        "https://a.example\\@b.example",
        "https://a.example:99999",
        "https://a.example:x",
        "https://a.example:0",
        "https://a example",
        "https://a.example/a b",
        "https://[::1]/",
        "https://[::1",
        "https://-a.example",
        "https://a..example",
        "https://.example",
        "www.a.example/" + "x" * 285,
    ],
}


@pytest.mark.rule("R84")
@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_what_is_not_what_it_says_is_refused(kind: str, value: str) -> None:
    assert list(enter(kind, value)[1]) == ["field"]


def test_addresses_are_brought_into_one_form() -> None:
    assert enter("email", " Anne@EXAMPLE.example ")[0] == "Anne@example.example"
    assert enter("website", "www.a.example") == ("https://www.a.example", {})
    assert enter("website", "a.example/x") == ("https://a.example/x", {})


@pytest.mark.parametrize("value", ["", "xx", "DA", "da ", "da\x00", "d" * 100_000])
def test_only_what_can_be_chosen_is_taken(value: str) -> None:
    entries = Entries()
    entries.one_of("language", value, {"da", "en"}, "Choose.")
    assert entries.problems == {"language": "Choose."}


@pytest.mark.rule("R73")
def test_all_problems_are_told_at_once_and_the_first_of_each_field(app: Any) -> None:
    entries = Entries()
    entries.refuse()
    entries.name("name", "https://x.example\n", 5, required="Write it.")
    entries.note("name", "Taken.")
    entries.phone("phone", "x")
    with pytest.raises(InvalidInput) as refusal:
        entries.refuse()
    assert set(refusal.value.fields) == {"name", "phone"}
    with app.test_request_context(), force_locale("en"):
        assert str(refusal.value.fields["name"]).startswith("Write at most 5 characters.")
        assert str(refusal.value.message).endswith("Nothing has been saved yet.")


@pytest.mark.rule("R84")
@pytest.mark.parametrize("letter", ["\U000e0100", "\U000e01ef", "\U00016fe4", "\U0001d159", "\ufff0", "\U000e0041"])
def test_what_leaves_no_mark_is_refused(letter: str) -> None:
    assert enter("name", f"Data{letter}tilsynet")[1]


@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    "address", ["//evil.example", "se evil.example/nu", "\uff57\uff57\uff57\uff0eevil", "https\ua789//x", "www.x"]
)
def test_a_web_address_in_a_name_is_refused_in_any_dress(address: str) -> None:
    assert enter("name", f"Kommune {address}")[1]
    assert not enter("name", "Borger.dk")[1]


@pytest.mark.rule("R84")
def test_a_persons_name_holds_no_domain() -> None:
    entries = Entries()
    entries.person("first_name", "Se evil.com", 64)
    entries.person("last_name", "J. R. St. Clair", 64)
    assert list(entries.problems) == ["first_name"]


@pytest.mark.rule("R84")
def test_far_too_long_is_told_at_once() -> None:
    """To bring two hundred thousand marks into one form would take the square of their number."""
    started = time.perf_counter()
    assert enter("name", "a" + "\u0301\u0316" * 100_000)[1]
    assert time.perf_counter() - started < 1


@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("Kim@SØR.example", "Kim@sør.example"),
        ("kim@xn--sr-lka.example", "kim@sør.example"),
        ("kim@оdense.example", "kim@xn--dense-iye.example"),  # a Cyrillic letter
        ("kim@xn--80ak6aa92e.example", "kim@xn--80ak6aa92e.example"),  # all of it, and it reads as "apple"
    ],
)
def test_a_domain_with_letters_of_another_alphabet_stands_as_machines_write_it(typed: str, stands: str) -> None:
    found, problems = enter("email", typed)
    assert (found, problems) == (stands, {})
