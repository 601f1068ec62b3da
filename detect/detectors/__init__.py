"""Detectors: anything that examines media, frames or sound and returns a finding. One a file."""
