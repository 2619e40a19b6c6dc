"""What the pages share: one view class, an act with its refusals, FAB lists that keep to the actor's scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, g, render_template, request
from flask_appbuilder import BaseView
from flask_appbuilder.models.sqla.filters import BaseFilter
from sqlalchemy.orm import Query

from app.errors import Conflict, InvalidInput, TooOften
from app.policy.authorities import visible
from app.policy.matrix import Act
from app.security import limits
from app.security.acting import reader
from app.views import languages
from app.views.imi_form import ImiForm


class ImiView(BaseView):
    """Base of every page. `class_permission_name` names it in the table of rights; `verbs` maps methods to verbs."""

    def page(self, template: str, **context: Any) -> str:
        """Render a template with what FAB's own need."""
        return render_template(
            template, appbuilder=self.appbuilder, base_template=self.appbuilder.base_template, **context
        )


class Scope(BaseFilter):
    """A `base_filters` entry whose value is an act: only rows on which the actor may do it (R70)."""

    name = "scope"
    arg_name = "scope"

    def apply(self, query: Query[Any], act: Act) -> Query[Any]:
        return query.filter(visible(reader(), act))


def show_refusal(form: ImiForm, work: Callable[[], Any]) -> Any:
    """Do the work; where it is refused because of a field, put the sentence there and give None.

    Nothing typed is lost: the page is drawn again from the same form. Refusals that concern no field go on to the door.
    """
    try:
        return work()
    except InvalidInput as error:
        place(form, error.fields)
    except Conflict as error:
        if error.field is None or error.field not in form:
            raise
        place(form, {error.field: error.message})
    return None


def place(form: ImiForm, problems: Mapping[str, object]) -> None:
    """Put sentences at the fields they concern; what has no field stands in a message on top."""
    for name, sentences in problems.items():
        found = list(sentences) if isinstance(sentences, list) else [sentences]
        if name in form:
            form[name].errors = [*form[name].errors, *found]
        else:
            for sentence in found:
                flash(str(sentence), "danger")


def too_many_searches(*, looks: bool) -> str:
    """Count a search, if it looks for something; where there have been too many, the sentence to show in its place."""
    try:
        if looks:
            limits.count("LIMIT_SEARCHES")
    except TooOften as wait:
        return str(wait.message)
    return ""


def drawn_again() -> bool:
    """Whether a form was sent only to be drawn again: in another language, or after its token had run out.

    Nothing is done then, and nothing typed is lost. To be asked before the form is made, which has words in it.
    """
    return bool(g.get("token_ran_out")) or languages.choose(request.form.get("switch_language", ""))
