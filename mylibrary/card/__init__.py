"""The patron card."""
