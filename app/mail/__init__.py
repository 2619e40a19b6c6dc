"""Letters: their words and wrapping, the secrecy of what waits, and the way to the mail server."""
