"""The library's branches: where they are, when they are open, when they are not."""
