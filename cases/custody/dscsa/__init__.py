"""Transaction papers of each leg, what differs from the packs, and product that is suspect (21 USC 360eee)."""
