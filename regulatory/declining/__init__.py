"""Declines: three kinds, each with what it must say, and the letter that tells them."""
