"""Dates that nobody reads in another order: 10 March 2026, 9:00."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, G:i"
