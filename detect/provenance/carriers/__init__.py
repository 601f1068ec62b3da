"""Where metadata lies in each container."""
