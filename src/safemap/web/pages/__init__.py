"""Pages for people: one module per domain, each with its ``router``."""
