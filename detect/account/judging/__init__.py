"""What the posts of an account amount to."""
