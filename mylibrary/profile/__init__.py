"""What the library holds of a patron: contact data, and name and address after a move."""
