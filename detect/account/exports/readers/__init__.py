"""One reader a tool; which one is right follows from what a sidecar says."""
