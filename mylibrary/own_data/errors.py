"""What this room refuses."""


class ErasureClosed(Exception):
    """The request for erasure is not open any more: cancelled, declined or carried out."""
