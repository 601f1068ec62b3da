"""From findings and declarations to hypotheses and a verdict."""
