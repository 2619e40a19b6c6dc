"""The acts of the back office. Each checks policy, changes rows, records itself and orders its mails; none commits."""
