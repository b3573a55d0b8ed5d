"""A small library system that exchanges files as docs/library-system-files.md says."""
