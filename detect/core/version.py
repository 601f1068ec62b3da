"""The version of the toolkit."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
