"""Coding with a dictionary that the pharmacy itself has licensed. This system ships no term of any."""
