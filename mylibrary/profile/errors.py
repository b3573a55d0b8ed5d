"""What this room refuses."""


class LinkOfAnother(Exception):
    """A mailed link is good, but not for the patron who is logged in."""
