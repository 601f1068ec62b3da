"""Whole accounts: reading exports, running, judging, showing."""
