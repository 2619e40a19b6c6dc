"""Measurements. They are no tests: nothing fails here, numbers are printed, and stand in `docs/performance.md`."""
