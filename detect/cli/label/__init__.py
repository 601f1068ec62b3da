"""`detect label`."""
