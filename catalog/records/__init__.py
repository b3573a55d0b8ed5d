"""A record's page and lists of records."""
