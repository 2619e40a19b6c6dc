"""Who may do what, and which rows. Nothing outside this package compares roles."""
