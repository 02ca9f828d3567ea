"""The `safemap` command."""
