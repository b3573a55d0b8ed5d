"""Own data, their erasure, and the purpose of use that was shown."""
