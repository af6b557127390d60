"""Recalls of lots across cases: reach, stop, letters, answers, effectiveness, report; and drills of all that."""
