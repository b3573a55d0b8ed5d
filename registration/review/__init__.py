"""Applications that wait for the staff, and what staff decide."""
