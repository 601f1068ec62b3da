"""How heads are fitted anew."""
