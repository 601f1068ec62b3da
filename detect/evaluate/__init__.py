"""How good a model is, on sources that it has not seen: protocols, metrics, deliveries, report."""
