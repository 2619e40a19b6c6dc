"""The limit: the list's first page as bare Flask, three statements and a template, with nothing else around it.

Who is signed in, is looked up by a number that the environment names; there are no rights, languages or forms.
"""

from __future__ import annotations

import os

from flask import Flask
from sqlalchemy import create_engine, text

URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
WHO = {"user": int(os.environ["BENCH_USER"]), "manager": int(os.environ["BENCH_MANAGER"])}
SCOPE = "a.country_code = 'DK' AND a.status IN ('active', 'deactivated') AND l.manager_id = :manager"
READER = text("SELECT id, first_name, last_name FROM ab_user WHERE id = :user")
LINKED = "access_manager_link l JOIN authority a ON a.id = l.authority_id"
COUNT = text(f"SELECT count(*) FROM (SELECT 1 FROM {LINKED} WHERE {SCOPE} LIMIT 1001) AS counted")  # noqa: S608 (ours)
COLUMNS = (
    "a.public_id, a.official_name, a.city, a.status,"
    " (SELECT t.title FROM authority_text t WHERE t.authority_id = a.id LIMIT 1) AS title"
)
ROWS = text(f"SELECT {COLUMNS} FROM {LINKED} WHERE {SCOPE} ORDER BY a.sort_key, a.id LIMIT 25")  # noqa: S608 (ours)
PAGE = """<!doctype html>
<html lang="da"><head><meta charset="utf-8"><title>Koordinerede myndigheder</title>
<link rel="stylesheet" href="/ui.css">
</head><body><header><a href="/">Adgangsforvaltning</a> {{ reader.first_name }} {{ reader.last_name }}</header>
<nav><ul>{% for entry in menu %}<li><a href="/{{ entry }}/">{{ entry }}</a></li>{% endfor %}</ul></nav>
<main><h1>Koordinerede myndigheder</h1><p>{{ count }}</p>
<table><thead><tr><th>Navn</th><th>By</th><th>Status</th></tr></thead><tbody>
{% for row in rows %}<tr><td><a href="/authorities/{{ row.public_id }}/">{{ row.official_name }}</a>
<p>{{ row.title }}</p></td><td>{{ row.city }}</td><td><span class="tag">{{ row.status }}</span></td></tr>
{% endfor %}</tbody></table></main></body></html>"""
MENU = ("overview", "search", "my-authority", "coordinated-authorities", "register", "invitations", "tasks", "help")

app = Flask(__name__)
engine = create_engine(URL)
template = app.jinja_env.from_string(PAGE)


@app.get("/")
def page() -> str:
    """The list's first page."""
    with engine.connect() as connection:
        reader = connection.execute(READER, WHO).one()
        count = connection.execute(COUNT, WHO).scalar_one()
        rows = connection.execute(ROWS, WHO).all()
    return template.render(reader=reader, count=count, rows=rows, menu=MENU)
