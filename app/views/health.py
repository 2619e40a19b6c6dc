"""Whether the process is alive."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose

from app.views.base import ImiView


class HealthView(ImiView):
    """Asked by whoever keeps the process running; open, and tells nothing."""

    route_base = ""

    @expose("/healthz")
    def alive(self) -> Any:
        return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
