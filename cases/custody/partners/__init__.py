"""Trading partners: what they must show, what was checked, and until when that holds."""
