"""Login by number, the own password, the proof of who it is, and logins on all devices."""
