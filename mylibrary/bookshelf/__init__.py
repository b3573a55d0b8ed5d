"""My本棚: works that a patron puts on shelves of their own; nobody else ever sees them."""
