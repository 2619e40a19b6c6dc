"""The way back to a list as it was left: along in the address, read as the list reads it, and leading nowhere else."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.views.test_coordinated_authorities import LIST

pytestmark = pytest.mark.rule("R71")


@pytest.fixture
def reader(make: Any, sign_in: Any) -> Any:
    return sign_in(make.user(make.access_manager()), "en")


def back(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(re.search(r'<a class="back" href="([^"]*)"', answer.text)[1])  # type: ignore[index]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("mine=no&q=s%C3%B8+ab&module=PQ-REG", f"{LIST}?mine=no&q=s%C3%B8+ab&module=PQ-REG"),
        ("", LIST),
        ("https://evil.example/", LIST),
        ("//evil.example&q=a", f"{LIST}?q=a"),
        ("junk=1&page=2&_method=DELETE&q=a", f"{LIST}?q=a"),
        ("q=a&q=b", f"{LIST}?q=b"),
        ("q=%00%ff<script>", f"{LIST}?q=%00%EF%BF%BD%3Cscript%3E"),
        ("q=" + "x" * 5_000, f"{LIST}?q=" + "x" * 998),
        ("a=1&" * 49, LIST),
        ("&" * 900, LIST),
    ],
)
def test_it_leads_to_the_list_and_nowhere_else(make: Any, reader: Any, asked: str, wanted: str) -> None:
    body = make.authority()
    answer = reader.get(f"/authorities/{body.public_id}/?list={quote(asked)}")
    assert back(answer) == wanted
    assert reader.get(f"/authorities/{body.public_id}/modules?list={quote(asked)}").status_code == 200


def test_rows_and_tabs_take_it_along(make: Any, reader: Any) -> None:
    body = make.authority("Fyrvæsenet")
    page = reader.get(f"{LIST}?mine=no&q=fyr").text
    row = html.unescape(re.search(r'<th scope="row"><a href="([^"]+)"', page)[1])  # type: ignore[index]
    tabs = re.findall(rf'href="(/authorities/{body.public_id}/(?:|users|modules)\?[^"]*)"', reader.get(row).text)
    assert len(tabs) == 3
    assert {back(reader.get(html.unescape(tab))) for tab in tabs} == {f"{LIST}?mine=no&q=fyr"}
    assert "list=" not in reader.get(f"/authorities/{body.public_id}/").text


def test_users_lead_back_to_users(make: Any, reader: Any) -> None:
    make.user(make.authority("Fyrvæsenet"), last_name="Vogter")
    page = reader.get("/coordinated-users/?mine=no&q=vogter").text
    row = html.unescape(re.search(r'<th scope="row"><a href="([^"]+)"', page)[1])  # type: ignore[index]
    assert back(reader.get(row)) == "/coordinated-users/?mine=no&q=vogter"
