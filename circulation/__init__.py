"""Loans and holds: the port to the system that lends, its adapters, and the rules of lending."""
