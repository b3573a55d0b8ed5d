"""Login, number and link by My Number Card."""
