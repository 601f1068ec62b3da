"""Weights as declared things: the manifest, verification, runtimes."""
