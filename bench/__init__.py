"""Measurements, no tests: numbers are printed, and stand in `docs/performance.md`. Only `make bench` has bounds."""
