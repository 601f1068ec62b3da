"""Pages and tables of accounts."""
