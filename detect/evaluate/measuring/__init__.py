"""Scoring the files of a dataset, by what is installed or by heads fitted anew."""
