"""Posts out of what other tools stored of an account."""
