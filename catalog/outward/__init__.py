"""The catalogue for other programs: SRU to search it, OAI-PMH to copy it."""
