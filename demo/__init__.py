"""What lets the whole service run on one machine: database, programs, mail sink, sample data."""
