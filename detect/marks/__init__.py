"""What is drawn or hidden in pictures and sound."""
