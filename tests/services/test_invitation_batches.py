"""Many invitations at once: how what is pasted is read, what becomes of each row, and how each is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from app.errors import Conflict, InvalidInput, NotAllowed
from app.extensions import db as _db
from app.models import Authority, Invitation, Reach
from app.services import invitation_batches, pasted_rows
from app.services.invitation_batches import BatchRow
from app.services.invitation_wishes import Wishes
from tests.inviting import mails_of, registered

BATCH = uuid.UUID("5d2f5a3e-30f4-4c3a-9d0a-7f6f0a4a8b11")
TWO = "Ålborg Kommune;post@aalborg.example\nSvendborg Museum;mus@svendborg.example;en"


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture(autouse=True)
def english(db: Any) -> Iterator[None]:
    """Sentences as they stand here."""
    with force_locale("en"):
        yield


@pytest.fixture
def nimic(make: Any) -> Authority:
    return make.nimic()


@pytest.fixture
def actor(make: Any, nimic: Authority) -> Any:
    return make.actor(make.user(nimic))


def shared(**changed: Any) -> Wishes:
    return Wishes(**({"invited_name": "", "recipient_email": "", "language": "da", "message": "Velkommen"} | changed))


def rows_of(actor: Any, text: str, batch: uuid.UUID = BATCH, **changed: Any) -> list[BatchRow]:
    return invitation_batches.checked(actor, text, shared(**changed), batch)[1]


def compared(actor: Any, text: str) -> list[BatchRow]:
    return invitation_batches.compared(actor, rows_of(actor, text))


def cells(text: str) -> list[tuple[str, str, str]]:
    return [(row.name, row.email, row.language) for row in pasted_rows.read(text).rows]


def refused(text: str) -> str:
    with pytest.raises(InvalidInput) as refusal:
        pasted_rows.read(text)
    return str(refusal.value.fields["rows"])


def count() -> int:
    return _db.session.scalar(select(func.count()).select_from(Invitation)) or 0


# --- How it is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["\t", ";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "headings", ["", "Navn|E-mail|Sprog", "name|E-MAIL|language", "Officielt navn|e-mailadresse|sprog"]
)
def test_rows_come_from_a_spreadsheet_and_from_csv(app: Any, mark: str, end: str, headings: str) -> None:
    lines = ["", f"Ålborg Kommune{mark}post@aalborg.example{mark}da", f"{mark}{mark}", " ", f"Hjem{mark} h@x.example "]
    text = "\ufeff" + end.join([headings.replace("|", mark), *lines, ""])
    assert cells(text) == [("Ålborg Kommune", "post@aalborg.example", "da"), ("Hjem", "h@x.example", "")]


def test_headings_say_which_column_is_which_and_others_are_left_out(app: Any) -> None:
    text = "CVR;E-mail;Navn;Telefon;Sprog\n29189420;post@aalborg.example;Ålborg Kommune;99313131;en"
    pasted = pasted_rows.read(text)
    assert cells(text) == [("Ålborg Kommune", "post@aalborg.example", "en")]
    assert pasted.headings == "CVR;E-mail;Navn;Telefon;Sprog"
    assert not pasted.rows[0].has_too_much


def test_quotation_marks_are_read_as_csv_has_them(app: Any) -> None:
    text = '"Nævnet for Mad, Drikke og ""Vin""",post@naevn.example\n"To\nlinjer",to@x.example\nHjem,h@x.example'
    assert [name for name, _, _ in cells(text)] == ['Nævnet for Mad, Drikke og "Vin"', "To\nlinjer", "Hjem"]
    assert [(row.line, row.text) for row in pasted_rows.read(text).rows] == [
        (1, '"Nævnet for Mad, Drikke og ""Vin""",post@naevn.example'),
        (2, '"To\nlinjer",to@x.example'),
        (4, "Hjem,h@x.example"),
    ]
    assert cells('Foreningen "Det gode";d@x.example')[0][0] == 'Foreningen "Det gode"'


@pytest.mark.parametrize(
    "text", ['A;a@x.example\n"Åben;b@x.example\nC;c@x.example', 'A;a@x.example\n"B" C;b@x.example']
)
def test_quotation_marks_that_do_not_fit_are_told_with_their_line(app: Any, text: str) -> None:
    assert "line 2" in refused(text)


@pytest.mark.parametrize("text", ["", " \r\n\t\n;;", "Navn;E-mail", "\ufeff"])
def test_a_paste_without_rows_is_refused(app: Any, text: str) -> None:
    assert refused(text).startswith("Paste at least one row")


def test_too_many_rows_and_too_much_text_are_told_with_what_is_allowed(app: Any) -> None:
    rows = [f"Hjem {number};h{number}@x.example" for number in range(201)]
    assert len(pasted_rows.read("\n".join(rows[:200])).rows) == 200
    assert "There are 201 rows. At most 200" in refused("\n".join(rows))
    assert "at most 100000" in refused("a" * 100_001).lower().replace(",", "")
    assert len(pasted_rows.read("a" * 100_000).rows) == 1


def test_letters_that_divide_lines_elsewhere_divide_none_here(app: Any) -> None:
    for letter in "\x0b\x0c\x1c\x85\u2028\0":
        assert cells(f"A{letter}B;a@x.example") == [(f"A{letter}B", "a@x.example", "")]


# --- What becomes of each row -----------------------------------------------------------------------------------------


@pytest.mark.rule("R11")
def test_each_row_is_checked_by_itself(make: Any, actor: Any, nimic: Authority) -> None:
    make.authority("Søfartsstyrelsen", managed_by=nimic)
    text = "\n".join(
        [
            *TWO.split("\n"),
            "Uden adresse",
            ";uden@navn.example",
            "Hjem;ikke en adresse",
            "Klokke\x07;k@x.example",
            "soefartsstyrelsen;s@x.example",
            "Hjem;h@x.example;klingon",
            "Hjem;h@x.example;da;99 31 31 31",
            f"{'x' * 90_000};l@x.example",
            "=1+1;f@x.example;Engelsk",
        ]
    )
    rows = rows_of(actor, text)
    problems = [" ".join(map(str, row.problems)) for row in rows]
    assert [problem for problem in (*problems[:2], problems[-1]) if problem] == []
    assert [row.wishes.language for row in (*rows[:2], rows[-1])] == ["da", "en", "en"]
    said = ["Write the e-mail address", "Write the name", "valid e-mail", "control characters", "already registered"]
    said += ["language is not known", "more than a name", "at most 250"]
    for sentence, problem in zip(said, problems[2:-1], strict=True):
        assert sentence in problem
    assert count() == 0


def test_what_all_have_in_common_is_refused_once_and_for_all(make: Any, actor: Any, nimic: Authority) -> None:
    user = make.user(nimic, username="kimlar987")
    for changed, field in [
        ({"message": f"Dit navn er {user.username}"}, "message"),
        ({"message": "x" * 2001}, "message"),
        ({"language": "xx"}, "language"),
        ({"module_ids": frozenset({987_654})}, "modules"),
        ({"entry_ids": frozenset({987_654})}, "classification"),
    ]:
        with pytest.raises(InvalidInput) as refusal:
            rows_of(actor, TWO, **changed)
        assert set(refusal.value.fields) == {field}
    with pytest.raises(InvalidInput) as refusal:
        rows_of(actor, "", message="x" * 2001)
    assert set(refusal.value.fields) == {"rows", "message"}


@pytest.mark.rule("R11")
def test_only_who_invites_sees_what_becomes_of_rows(make: Any, nimic: Authority) -> None:
    for user in (make.user(make.authority()), make.user(nimic, administrator=False), make.user(make.commission())):
        with pytest.raises(NotAllowed):
            rows_of(make.actor(user), TWO)


@pytest.mark.rule("R9")
def test_rows_are_compared_with_what_is_there_and_with_each_other(make: Any, actor: Any, nimic: Authority) -> None:
    make.authority("Ålborg Kommune Nord", managed_by=nimic, email="nord@aalborg.example")
    text = "\n".join(
        [
            *TWO.split("\n"),
            "SVENDBORG MUSEUM;andet@svendborg.example",
            "Fyrtårnsvæsenet;mus@svendborg.example",
            "svendborg museum;MUS@svendborg.example;da",
        ]
    )
    first, second, same_name, same_address, same = compared(actor, text)
    assert [match.name for match in first.likely] == ["Ålborg Kommune Nord"]
    assert (second.likely, second.alike, second.problems) == ((), (), ())
    assert [row.pasted.line for row in same_name.alike] == [2] == [row.pasted.line for row in same_address.alike]
    assert "the same as line 2" in str(same.problems[0])
    assert same_name.shown == [second.number]


@pytest.mark.rule("R9")
def test_a_taken_name_shows_whose_it_is(make: Any, actor: Any, nimic: Authority) -> None:
    make.authority("Søfartsstyrelsen", managed_by=nimic)
    row = compared(actor, "SØFARTSSTYRELSEN;s@x.example")[0]
    assert "already registered" in str(row.problems[0])
    assert [match.name for match in row.likely] == ["Søfartsstyrelsen"]


@pytest.mark.rule("R10")
def test_of_what_is_outside_the_reach_no_more_is_told_than_elsewhere(make: Any, nimic: Authority) -> None:
    make.authority("Svendborg Museer", managed_by=nimic)
    small = make.actor(make.user(make.access_manager("Lille", reach=Reach.own)))
    match = compared(small, TWO)[1].likely[0]
    assert (match.state.value, match.reasons, match.ask and match.ask.name) == ("outside", frozenset(), "NIMIC DK")


# --- Sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R11")
def test_each_row_is_sent_with_what_all_have_in_common(actor: Any) -> None:
    for row in rows_of(actor, TWO):
        invitation_batches.send(actor, row, [])
    first, second = _db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert (first.invited_name, first.language, first.message) == ("Ålborg Kommune", "da", "Velkommen")
    assert (second.recipient_email, second.language, second.message) == ("mus@svendborg.example", "en", "Velkommen")
    assert len(mails_of("M5")) == 2
    assert registered(actor, first).official_name == "Ålborg Kommune"


@pytest.mark.rule("R11")
def test_what_is_sent_twice_is_invited_once(actor: Any) -> None:
    for row in [*rows_of(actor, TWO), *rows_of(actor, TWO), *rows_of(actor, f"Navn;E-mail\n\n{TWO}")]:
        invitation_batches.send(actor, row, row.shown)
    assert count() == 2
    assert all(row.is_sent and not row.shown for row in compared(actor, TWO))
    assert all(invitation_batches.was_sent(actor, row) for row in rows_of(actor, TWO))


def test_another_form_has_other_numbers(actor: Any) -> None:
    invitation_batches.send(actor, rows_of(actor, TWO)[0], [])
    other = invitation_batches.compared(actor, rows_of(actor, TWO, batch=uuid.uuid4()))
    assert not other[0].is_sent
    assert [match.name for match in other[0].likely] == ["Ålborg Kommune"]


@pytest.mark.rule("R9")
def test_a_row_like_another_is_sent_only_when_that_is_said_to_be_another(actor: Any) -> None:
    text = "Svendborg Museum;mus@svendborg.example\nSvendborg Museum;andet@svendborg.example"
    first, second = compared(actor, text)
    invitation_batches.send(actor, first, first.shown)
    with pytest.raises(Conflict, match="come in"):
        invitation_batches.send(actor, second, [])
    assert count() == 1
    invitation_batches.send(actor, second, second.shown)
    assert count() == 2
