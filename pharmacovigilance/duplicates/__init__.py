"""Safety cases that may tell of one event: compared, found, laid side by side, decided by a person."""
