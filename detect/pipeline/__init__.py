"""The way of a file through the rooms: inputs, extraction in a worker, scanning."""
