"""The people and the routes of the gate's tests."""

from tests.views.test_gate import stored, world

__all__ = ["stored", "world"]
