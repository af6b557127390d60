"""Receiving: the protocol as versioned data, one person's round through it, and what was found of each pack."""
