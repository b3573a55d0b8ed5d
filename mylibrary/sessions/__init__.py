"""Logins on all devices."""
