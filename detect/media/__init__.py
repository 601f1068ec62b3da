"""Media in: sniffing, probing, decoding and sampling, in torch-free worker processes."""
