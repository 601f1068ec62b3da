"""Tables of files, and notes on them."""
