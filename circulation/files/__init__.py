"""A library system that exchanges files (docs/library-system-files.md)."""
