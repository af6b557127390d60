"""Dated lists that pathways rest on: editions with a source, confirmed by two people, and what stands on them."""
