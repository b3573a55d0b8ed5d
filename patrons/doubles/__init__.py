"""Stored patrons who may be one person: found at night, looked at by staff, never merged here."""
