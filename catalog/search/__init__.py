"""Search by words: what is typed and what records say, folded alike and cut into bigrams."""
