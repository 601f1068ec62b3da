"""An account: its posts as exports hold them, what they disclose, and what follows from many."""
