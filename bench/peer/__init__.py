"""The peer: Django's admin over the product's own tables and database. It never runs but in `make bench`."""
