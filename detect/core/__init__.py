"""The vocabulary of the toolkit: value types, errors and settings. Imports nothing heavy."""
