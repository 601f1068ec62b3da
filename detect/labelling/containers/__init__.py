"""Writing metadata: one container a file."""
