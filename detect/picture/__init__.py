"""How a picture looks to the classifiers."""
