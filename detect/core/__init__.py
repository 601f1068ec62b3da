"""The vocabulary of the toolkit: value types, errors, limits and settings. Imports nothing heavy."""
