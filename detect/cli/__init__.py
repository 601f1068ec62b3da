"""The `detect` command: a thin layer over the library."""
