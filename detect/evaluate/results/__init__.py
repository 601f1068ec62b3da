"""What an evaluation says: tables, plots, pages."""
