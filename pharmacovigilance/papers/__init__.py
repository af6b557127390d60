"""Safety reports on paper: a locked snapshot in, bytes out. Pure: no record, no setting, no clock.

Labelled reports with the content of CIOMS I and of FDA 3500A, and the notice to the manufacturer. What E2B has a place
for is taken from its content, so that message and paper say the same; the rest from the snapshot itself.
"""
