"""A partner's list of cases against ours: read or refused as a whole, matched, kept as a run, each gap settled."""
