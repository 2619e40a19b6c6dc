"""The print sheet of an authority: all its tabs on one sheet, for who may see them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.extensions import db as _db
from app.models import AccessStatus, Authority, AuthorityStatus
from tests.views.test_authority import PLANTED, SignIn, full, same, text_of


def address(row: Authority | uuid.UUID) -> str:
    return f"/authorities/{row if isinstance(row, uuid.UUID) else row.public_id}/print"


def test_an_access_manager_prints_all_that_the_tabs_show(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager("Erhvervsstyrelsen")
    reader = make.user(manager, first_name="Mette", last_name="Holm")
    row = full(make, manager)
    browser = sign_in(reader, "en")
    answer = browser.get(address(row))
    assert answer.status_code == 200
    page = text_of(answer.text)
    for words in (
        *("Arbejdstilsynet", "Tilsynet med arbejdsmiljøet", "Fører tilsyn.", "+45 70 12 12 88", "2100 København"),
        *("Danish, English", "CVR-nummer 21481815", "Policy areas", "Construction"),
        *("requests for information", "Søfartsstyrelsen", "Granted", "Suspended"),
        *("Anne Olsen", "anne@at.example", "Bo Jensen", "Viewer", "New"),
        *("Erhvervsstyrelsen", "since", "Active"),
        *("by Mette Holm, Erhvervsstyrelsen", "2026"),
    ):
        assert words in page, words
    assert f'href="{address(row)}"' in browser.get(f"/authorities/{row.public_id}/").text


@pytest.mark.rule("R70")
def test_a_user_without_administrator_rights_prints_no_users(make: Any, sign_in: SignIn) -> None:
    row = full(make, make.access_manager("Erhvervsstyrelsen"))
    page = sign_in(make.user(row, administrator=False, first_name="Carl"), "en").get(address(row))
    assert page.status_code == 200
    assert "Construction" in page.text
    for hidden in ("Anne Olsen", "anne@at.example", "Bo Jensen", "Viewer", "Erhvervsstyrelsen"):
        assert hidden not in page.text, hidden
    assert "are not shown here" in page.text


@pytest.mark.rule("R70")
def test_a_sheet_out_of_scope_is_answered_as_one_that_does_not_exist(make: Any, sign_in: SignIn) -> None:
    manager, unknown = make.access_manager(), uuid.uuid4()
    browser = sign_in(make.user(manager), "en")
    missing = browser.get(address(unknown))
    assert missing.status_code == 404
    for row in (
        make.authority("Skatteverket", country_code="SE"),
        make.authority("Nedlagt", status=AuthorityStatus.deactivated),
        make.authority("Afventer", status=AuthorityStatus.awaiting_validation, managed_by=manager),
    ):
        answer = browser.get(address(row))
        assert (answer.status_code, same(answer.text, row.public_id)) == (404, same(missing.text, unknown))


@pytest.mark.rule("R44")
def test_no_username_stands_on_the_sheet(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row = full(make, manager)
    browser = sign_in(make.user(manager))
    assert PLANTED not in browser.get(address(row)).text
    row.street = f"hos {PLANTED}"
    _db.session.flush()
    assert PLANTED in browser.get(address(row)).text  # the search would find it


@pytest.mark.rule("R29")
@pytest.mark.parametrize("shown", ["Active", "Suspended", "Deactivated"])
def test_the_sheet_says_the_same_status_as_the_tabs(make: Any, sign_in: SignIn, shown: str) -> None:
    manager = make.access_manager()
    status = AuthorityStatus.deactivated if shown == "Deactivated" else AuthorityStatus.active
    row = make.authority(managed_by=manager, status=status)
    if shown != "Active":
        make.access(row, "PQ-REG", status=AccessStatus.suspended)
    browser = sign_in(make.user(manager), "en")
    meta = '<div class="meta">'
    heads = [browser.get(where).text.split(meta)[1][:200] for where in (address(row), address(row)[: -len("print")])]
    assert all(shown in head for head in heads)


@pytest.mark.rule("R84")
def test_what_is_stored_is_printed_as_text(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row = make.authority("<script>alert(1)</script>", managed_by=manager, street='"><img src=x onerror=alert(2)>')
    make.user(row, first_name="<b>Anne", last_name="</b>")
    page = sign_in(make.user(manager)).get(address(row)).text
    assert "&lt;b&gt;Anne" in page
    assert not [tag for tag in ("<script>alert", "<img src=x", "<b>Anne") if tag in page]
