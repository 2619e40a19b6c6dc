"""Numbers that can be foreseen: for data that are made up, and are to be the same each time. They protect nothing;
what is to be secret comes from `secrets`."""

from __future__ import annotations

from random import Random


class Seeded(Random):
    """Draws the same from the same seed."""
