"""The API, version 1: the trunk's routers; branches add theirs in ``config.api`` by name."""
