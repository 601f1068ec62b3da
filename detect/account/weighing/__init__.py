"""What the evidence of many posts amounts to: shares, changes, how the content is made."""
