"""Metrics, intervals, and the values they are kept in."""
