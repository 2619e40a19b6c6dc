"""Several acts at the same moment, as two browsers do them: each in a thread and application context of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.errors import ImiError
from app.extensions import db


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Do all works at the same moment; what each gives, or how it was refused."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait(10)
            try:
                results[place] = works[place]()
            except ImiError as refusal:
                results[place] = refusal
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
