"""What processes share and must not share."""
