"""The catalogue: what the library has, and where (蔵書検索)."""
