"""Scoring all files of an account, and the journal."""
