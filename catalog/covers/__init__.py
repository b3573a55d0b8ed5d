"""Covers drawn from what a record says of itself."""
