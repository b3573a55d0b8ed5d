"""What the library holds of a patron, contact data, and the address until it is confirmed."""
