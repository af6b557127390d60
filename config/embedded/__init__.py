"""The embedded servers: PostgreSQL and Redis for a machine that has none.

For demonstration and test only; production settings refuse to start on them (docs/adr/0003-embedded-servers.md).
"""
