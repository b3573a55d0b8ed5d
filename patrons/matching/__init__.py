"""Who may be one person: the keys by which records are matched, and the rules over them."""
