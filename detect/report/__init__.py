"""Renderings of a report: terminal, HTML, JSON schema."""
