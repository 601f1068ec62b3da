"""The files of an evaluation, and how they are delivered."""
