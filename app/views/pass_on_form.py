"""The form of *Mark as passed on*: how, and when in the clock of the wall."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from wtforms import RadioField, StringField

from app import clock
from app.i18n import _, _l
from app.i18n.things import PASSED_ON_HOW
from app.models import PassedOnHow
from app.views.imi_form import ImiForm

LOCAL = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)


class PassOnForm(ImiForm):
    """What is right in it is decided by the service."""

    how = RadioField(_l("How"), validate_choice=False)
    at = StringField(_l("When"), description=_l("Danish time."), render_kw={"type": "datetime-local"})


def pass_on_form(*, sent: bool = False) -> PassOnForm:
    """The form, with now as the moment; with what was sent, where it was this form that was sent."""
    form, now = PassOnForm(), clock.now().astimezone(clock.COPENHAGEN).strftime("%Y-%m-%dT%H:%M")
    form.how.choices = list(PASSED_ON_HOW.items())
    if not sent:
        form.at.data, form.how.data = now, PassedOnHow.telephone.value
    form.at.render_kw = {**form.at.render_kw, "max": now}
    form.how.flags.required = form.at.flags.required = True
    return form


def moment_of(form: PassOnForm) -> datetime | None:
    """The moment that was written, in UTC; None, with a sentence at the field, where it is none.

    An hour that comes twice in autumn is taken for the first; one that is left out in spring is no moment.
    """
    try:
        local = datetime.fromisoformat(form.at.data) if LOCAL.fullmatch(form.at.data or "") else None
    except ValueError:
        local = None
    if local is not None:
        moment = local.replace(tzinfo=clock.COPENHAGEN).astimezone(UTC)
        if moment.astimezone(clock.COPENHAGEN).replace(tzinfo=None) == local:
            return moment
    form.at.errors = [_("Write a date and a time, such as 2026-05-24 14:05.")]
    return None
