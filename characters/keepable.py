"""A text as it can be stored and shown again."""

MAXIMUM_KEPT = 300


def keepable(text: str) -> str:
    """Return the text as it can be stored and shown: no NUL, no lone surrogate, not endless."""
    kept = text[:MAXIMUM_KEPT]
    return "".join(char for char in kept if char != "\0" and not "\ud800" <= char <= "\udfff")
