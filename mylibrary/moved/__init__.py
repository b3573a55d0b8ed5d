"""Name and address after a move of house."""
