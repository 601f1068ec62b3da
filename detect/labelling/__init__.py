"""Writing labels into files."""
