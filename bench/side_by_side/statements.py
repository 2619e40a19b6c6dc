"""How many statements a page of the product costs: `python -m bench.side_by_side.statements`.

It is told addresses and cookies as JSON and answers with numbers; a programme of its own, so that the site that is
measured for speed counts nothing.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy import event

from bench.side_by_side.places import PROJECT

Asked = Mapping[str, tuple[str, str]]  # address and cookies, by the name of the page


def counted_by(words: list[str], env: Mapping[str, str], asked: Asked) -> dict[str, int]:
    """What a programme that counts says of these pages."""
    done = subprocess.run(
        words, cwd=PROJECT, env=env, input=json.dumps(asked), stdout=subprocess.PIPE, check=True, text=True
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Open each page twice, and count at the second time: the first may note that the session is in use."""
    from app import create_app
    from app.extensions import db

    app, heard = create_app(), list[str]()
    logging.disable(logging.INFO)  # a line for each request, in the midst of what the run says
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *words: heard.append(words[2]))
    found: dict[str, int] = {}
    for name, (path, cookies) in json.load(sys.stdin).items():
        for _ in range(2):
            heard.clear()
            _open(app, path, cookies)
            found[name] = len(heard)
    sys.stdout.write(json.dumps(found))


def _open(app: Any, path: str, cookies: str) -> None:
    client = app.test_client(use_cookies=False)
    answer = client.get(path, headers={"Cookie": cookies, "Host": "127.0.0.1"})
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status}")


if __name__ == "__main__":
    main()
