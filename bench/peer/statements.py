"""How many statements a page of the peer costs; told addresses and cookies as JSON, answers with numbers."""

from __future__ import annotations

import json
import os
import sys

import django


def main() -> None:
    """Open each page once before it is counted, as the product's are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer.settings")
    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name, (path, cookies) in json.load(sys.stdin).items():
        for _ in range(2):
            with CaptureQueriesContext(connection) as heard:
                answer = Client().get(path, headers={"Cookie": cookies, "Host": "127.0.0.1"})
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answers {answer.status_code}")
            found[name] = len(heard)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
