"""How a voice sounds to the classifiers, and whose it is like."""
