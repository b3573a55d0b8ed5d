"""Login by number, the own password and the proof of who it is."""
