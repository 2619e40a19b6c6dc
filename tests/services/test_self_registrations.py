"""A body registers itself by its link: saved and gone on with, sent once, and told of nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from app import clock
from app.errors import Conflict, ImiError, InvalidInput, NotFound
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityStatus,
    ImiUser,
    Invitation,
    InvitationStatus,
    MailState,
    Model,
    OutgoingMail,
    Registrant,
    RegistrationRoute,
)
from app.policy.authorities import visible
from app.policy.matrix import Act
from app.services import invitation_links, invitations, self_registrations, validations
from app.services.sessions import hash_of
from app.transaction import transaction
from tests.inviting import invited, mails_of, registered, text_of, token_in, token_of
from tests.registering import details, typed
from tests.services.test_invitations import delegate, in_state, nimic, quiet_queue
from tests.services.test_registrations import SAME
from tests.statements import statements

__all__ = ["delegate", "nimic", "quiet_queue"]  # fixtures
S = InvitationStatus


def counts() -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: _db.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Model.metadata.sorted_tables
    }


# --- Opening the link ------------------------------------------------------------------------------------------------


@pytest.mark.rule("R12")
def test_opening_a_link_changes_nothing(delegate: Any, db: Any) -> None:
    row = invited(delegate)
    token = token_of(row)
    db.session.commit()
    before = repr([db.session.execute(select(t)).all() for t in Model.metadata.sorted_tables])
    with statements(db) as heard:
        for _ in range(3):
            invitation_links.find(token)
            self_registrations.typed_so_far(row)
            self_registrations.returned_details(row)
        db.session.commit()
    assert repr([db.session.execute(select(t)).all() for t in Model.metadata.sorted_tables]) == before
    assert not [said for said in heard if not said.startswith("SELECT")]


FORGED: dict[str, Callable[[str], str]] = {
    "unknown": lambda token: "A" * 43,
    "cut off": lambda token: token[:-1],
    "longer": lambda token: token + "A",
    "in other letters": lambda token: token.swapcase(),
    "with a blank": lambda token: f"{token} ",
    "with a line end": lambda token: f"{token}\n",
    "empty": lambda token: "",
    "very long": lambda token: "A" * 100_000,
    "no letters": lambda token: "\x00\ud800" + token[2:],
    "look-alike letters": lambda token: "А" + token[1:],
    "a wildcard": lambda token: "%" * 43,
    "its hash": hash_of,
}


@pytest.mark.rule("R12")
@pytest.mark.rule("R87")
@pytest.mark.parametrize("how", FORGED)
def test_a_link_that_was_never_sent_opens_nothing(delegate: Any, how: str) -> None:
    forged = FORGED[how](token_of(invited(delegate)))
    for act in (
        lambda: invitation_links.find(forged),
        lambda: self_registrations.save(forged, [], ""),
        lambda: self_registrations.submit(forged, details()),
    ):
        with pytest.raises(NotFound):
            act()
    assert _db.session.scalar(select(func.count()).select_from(Authority).where(Authority.city == "Aalborg")) == 0


@pytest.mark.rule("R13")
@pytest.mark.parametrize("status", S)
def test_in_which_states_the_form_opens_and_what_is_said_in_the_others(
    delegate: Any, monkeypatch: pytest.MonkeyPatch, status: S
) -> None:
    tokens: list[str] = []  # the mails that carry them are wiped once they open nothing
    monkeypatch.setattr(invitation_links, "hash_of", lambda token: tokens.append(token) or hash_of(token))
    row = in_state(delegate, status)
    token = tokens[-1]
    assert invitation_links.find(token).status is status
    opens = status in (S.sent, S.returned)
    for act in (
        lambda: self_registrations.save(token, [("city", "Aalborg")], ""),
        lambda: self_registrations.submit(token, details(official_name="En helt anden")),
    ):
        before = row.status
        if opens:
            act()
        else:
            with pytest.raises(Conflict) as refusal:
                act()
            assert row.status is before
            with force_locale("en"):
                assert str(refusal.value.message).count(".") == 2  # why, and what to do
    assert row.status is (S.registered if opens else before)


# --- Saving ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R14")
def test_what_is_typed_is_kept_as_it_is_for_another_day(delegate: Any) -> None:
    row = invited(delegate)
    token = token_of(row)
    pairs = [("official_name", " <b> "), ("classification", "3"), ("classification", "4"), ("user_email", "halv")]
    _db.session.commit()
    with transaction():
        self_registrations.save(token, pairs, "")
    _db.session.expire_all()
    assert self_registrations.typed_so_far(row) == pairs
    assert row.typed_at is not None
    assert (row.status, row.authority_id) == (S.sent, None)
    with transaction():
        self_registrations.save(token, [], self_registrations.mark(row))
    assert self_registrations.typed_so_far(row) == []


@pytest.mark.rule("R26")
def test_what_somebody_else_has_saved_by_the_link_is_not_written_over_unseen(delegate: Any) -> None:
    row = invited(delegate)
    token = token_of(row)
    self_registrations.save(token, [("city", "Nibe")], "")
    with pytest.raises(Conflict) as refusal:
        self_registrations.save(token, [("city", "Aars")], "")
    assert refusal.value.field == self_registrations.OVERTAKEN
    self_registrations.save(token, [("city", "Nibe")], "")  # a second click sends the same
    with pytest.raises(Conflict):
        self_registrations.opened_as_shown(token, "")
    assert self_registrations.opened_as_shown(token, self_registrations.mark(row)) is row


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    "pairs",
    [
        [("csrf_token", "x")],
        [("token", "x")],
        [("title_", "x")],
        [("is_superuser", "1")],
        [("official_name\n", "x")],
        [("city", "x" * 20_001)],
        [("classification", "1")] * 501,
    ],
)
def test_only_the_forms_own_fields_are_kept_and_not_too_much(delegate: Any, pairs: Any) -> None:
    row = invited(delegate)
    with pytest.raises(InvalidInput):
        self_registrations.save(token_of(row), pairs, "")
    assert row.typed is None


def test_every_field_of_the_form_can_be_kept(delegate: Any) -> None:
    self_registrations.save(token_of(invited(delegate)), [*typed().items(), ("classification", "1")], "")


# --- Sending ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R13")
@pytest.mark.rule("R14")
@pytest.mark.rule("R18")
def test_sending_makes_an_authority_that_nobody_finds_and_a_first_user_without_account(
    make: Any, delegate: Any, nimic: Any
) -> None:
    row = invited(delegate)
    token = token_of(row)
    self_registrations.save(token, [("city", "Aalborg")], "")
    users = _db.session.scalar(select(func.count()).select_from(ImiUser))
    body = registered(delegate, row)
    _db.session.expire_all()
    given = typed()
    for field in ("official_name", "phone", "email", "website", "street", "postal_code", "city"):
        assert getattr(body, field) == given[field]
    assert {text.language: text.title for text in body.texts} == {"da": given["title_da"], "en": given["title_en"]}
    assert (body.status, body.route) == (AuthorityStatus.awaiting_validation, RegistrationRoute.invited)
    assert (body.country_code, body.validated_at, body.registered_by_user_id) == ("DK", None, None)
    person = _db.session.get_one(Registrant, body.id)
    assert (person.full_name, person.email_address) == ("Sørine O'Møller-Åberg", given["user_email"])
    assert (row.status, row.authority_id, row.typed) == (S.registered, body.id, None)
    assert _db.session.scalar(select(func.count()).select_from(ImiUser)) == users
    assert _db.session.scalars(select(AccessManagerLink).where(AccessManagerLink.authority_id == body.id)).all() == []
    assert mails_of("M1") == []
    commission = make.actor(make.user(make.commission()))
    for actor in (delegate, nimic, commission):
        for act in Act:
            assert body.id not in set(_db.session.scalars(select(Authority.id).where(visible(actor, act))))


@pytest.mark.rule("R15")
@pytest.mark.rule("R92")
def test_every_administrator_of_the_inviter_is_mailed_each_time(make: Any, delegate: Any, nimic: Any) -> None:
    inviter = _db.session.get_one(Authority, delegate.authority_id)
    second = make.user(inviter, language="en")
    make.user(inviter, administrator=False)
    make.user(inviter).active = False
    _db.session.flush()
    body = registered(delegate)
    first = _db.session.get_one(ImiUser, delegate.user_id)
    assert {mail.recipient for mail in mails_of("M6")} == {first.email_address, second.email_address}
    english = next(mail for mail in mails_of("M6") if mail.language == "en")
    assert "Ålborg Kommune has registered itself on invitation from Udpeget Styrelse." in text_of(english)
    assert "/tasks/awaiting-validation/" in text_of(english)
    validations.send_back(delegate, body.public_id, body.version, "Ret byen")
    row = _db.session.scalars(select(Invitation)).one()
    self_registrations.submit(token_of(row), details(city="Nørresundby"))
    assert len(mails_of("M6")) == 4
    assert "sent it again" in mails_of("M6")[-1].subject + mails_of("M6")[-2].subject


@pytest.mark.rule("R87")
def test_a_link_that_is_used_is_wiped_from_what_waits(delegate: Any) -> None:
    row = invited(delegate)
    [mail] = mails_of("M5")
    registered(delegate, row)
    _db.session.refresh(mail)
    assert (mail.state, mail.body) == (MailState.given_up, None)


@pytest.mark.rule("R12")
@pytest.mark.rule("R13")
def test_after_sending_the_link_shows_how_it_stands_and_no_data(delegate: Any) -> None:
    row = invited(delegate)
    token = token_of(row)
    registered(delegate, row)
    assert invitation_links.find(token).status is S.registered
    assert self_registrations.returned_details(row) is None
    assert self_registrations.typed_so_far(row) == []
    with pytest.raises(Conflict):
        self_registrations.submit(token, details(city="Odense"))
    assert _db.session.scalar(select(func.count()).select_from(Registrant)) == 1


@pytest.mark.rule("R17")
@pytest.mark.rule("R19")
def test_a_returned_registration_is_corrected_by_its_new_link(delegate: Any) -> None:
    body = registered(delegate, title_en="")
    row = _db.session.scalars(select(Invitation)).one()
    validations.send_back(delegate, body.public_id, body.version, "Skriv også en engelsk titel")
    sent = details()
    assert self_registrations.returned_details(row) == replace(sent, titles={"da": sent.titles["da"]})
    self_registrations.save(token_of(row), [("title_en", "Building")], "")
    again = self_registrations.submit(token_of(row), details(title_da="", title_en="Building", first_name="Ny"))
    _db.session.expire_all()
    assert again is body
    assert {text.language: text.title for text in body.texts} == {"en": "Building"}
    assert (body.status, row.status, row.typed) == (AuthorityStatus.awaiting_validation, S.registered, None)
    assert _db.session.get_one(Registrant, body.id).first_name == "Ny"


@pytest.mark.rule("R2")
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_sent(delegate: Any) -> None:
    row = invited(delegate)
    before = counts()
    with pytest.raises(InvalidInput) as refusal:
        self_registrations.submit(token_of(row), details(city="", user_phone="1"))
    assert set(refusal.value.fields) == {"city", "user_phone"}
    with pytest.raises(InvalidInput):
        self_registrations.submit(token_of(row), details(entry_ids=frozenset({987_654_321})))
    assert counts() == before


STEPS = {
    "the authority": "app.services.registrants.add",
    "the log": "app.services.audit.record",
    "the mail": "app.services.invitation_mails.order_news",
}


@pytest.mark.rule("R13")
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_the_link_unused(
    delegate: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    row = invited(delegate)
    token = token_of(row)
    _db.session.commit()
    before, number = counts(), row.id
    module, function = STEPS[step].rsplit(".", 1)
    original = getattr(__import__(module, fromlist=["x"]), function)

    def fails(*args: Any, **words: Any) -> None:
        original(*args, **words)
        _db.session.flush()
        raise RuntimeError(step)

    monkeypatch.setattr(STEPS[step], fails)
    with pytest.raises(RuntimeError, match=step), transaction():
        self_registrations.submit(token, details())
    assert counts() == before
    assert _db.session.get_one(Invitation, number).status is S.sent


# --- Nothing about others --------------------------------------------------------------------------------------------


@pytest.mark.rule("R8")
@pytest.mark.rule("R9")
@pytest.mark.rule("R18")
@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("status", ["active", "deactivated", "awaiting_validation"])
def test_a_known_name_is_answered_as_an_unknown_one_by_the_same_statements(
    db: Any, make: Any, delegate: Any, how: str, status: str
) -> None:
    rows = [invited(delegate, invited_name=f"Kommune {number}") for number in range(2)]
    tokens = [token_of(row) for row in rows]
    other = make.authority("Ålborg Kommune", status=AuthorityStatus(status), email="hemmelig@andre.example")
    heard: list[list[str]] = []
    answers: list[Any] = []
    for token, name in zip(tokens, (SAME[how], "Helt Ukendt Kommune"), strict=True):
        db.session.expire_all()
        with statements(db) as said:
            answers.append(self_registrations.submit(token, details(official_name=name)))
            db.session.flush()
        heard.append(list(said))
    assert heard[0] == heard[1]
    assert [body.status for body in answers] == [AuthorityStatus.awaiting_validation] * 2
    assert other.status.value == status


@pytest.mark.rule("R8")
def test_a_refusal_is_the_same_for_a_known_name(make: Any, delegate: Any) -> None:
    make.authority("Ålborg Kommune")
    refusals: list[ImiError] = []
    for name in ("Ålborg Kommune", "Helt Ukendt Kommune"):
        with pytest.raises(InvalidInput) as refusal:
            self_registrations.submit(
                token_of(invited(delegate, invited_name=f"{name} 2")), details(official_name=name, city="")
            )
        refusals.append(refusal.value)
    with force_locale("en"):
        said = [(str(each.message), {k: str(v) for k, v in each.fields.items()}) for each in refusals]  # type: ignore[attr-defined]
    assert said[0] == said[1]


# --- The log ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R67")
@pytest.mark.rule("R68")
def test_the_log_tells_what_was_sent_with_the_person_apart_and_never_the_token(delegate: Any) -> None:
    row = invited(delegate)
    token = token_of(row)
    self_registrations.save(token, [("user_phone", "+45 98 76 54 32")], "")
    body = registered(delegate, row)
    events = _db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.act for event in events] == ["invitation.sent", "registration.saved", "registration.submitted"]
    saved, sent = events[1:]
    assert (saved.actor_user_id, saved.authority_id, saved.data) == (
        None,
        delegate.authority_id,
        {"invitation": row.id},
    )
    assert (sent.subject_id, sent.data["official_name"], sent.data["again"]) == (body.id, "Ålborg Kommune", False)
    about = {
        person.field: person.value
        for person in _db.session.scalars(select(AuditPerson).where(AuditPerson.event_id == sent.id))
    }
    given = typed()
    assert about == {
        "first_user": f"{given['first_name']} {given['last_name']}",
        "email": given["user_email"],
        "phone": given["user_phone"],
    }
    logged = "".join(repr(_db.session.execute(select(t.__table__)).all()) for t in (AuditEvent, AuditPerson))
    open_part = repr(_db.session.execute(select(AuditEvent.__table__)).all())
    assert token not in logged
    assert "98 76 54 32" not in logged
    assert not [value for value in about.values() if value in open_part]


@pytest.mark.rule("R87")
def test_no_secret_of_a_link_stands_in_any_table(delegate: Any) -> None:
    row = invited(delegate)
    tokens = [token_of(row)]
    invitations.resend(delegate, row.public_id, row.version)
    tokens.append(token_of(row))
    body = registered(delegate, row)
    validations.send_back(delegate, body.public_id, body.version, "Ret")
    tokens.append(token_of(row))
    found = "\n".join(repr(_db.session.execute(select(t)).all()) for t in Model.metadata.sorted_tables)
    assert not [token for token in tokens if token in found]
    assert len(set(tokens)) == 3
    sealed = [mail for mail in _db.session.scalars(select(OutgoingMail)) if mail.body and mail.holds_secret]
    assert [token_in(mail) for mail in sealed] == tokens[-1:]
    row.expires_at = clock.now() - timedelta(1)
