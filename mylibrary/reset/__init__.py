"""A new password by mail, and the stop of it."""
