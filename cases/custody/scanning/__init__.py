"""From the square code on a pack to its four fields: reading, comparing with the expected pack, and drawing one."""
