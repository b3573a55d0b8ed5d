"""What this room refuses."""


class MailedLinkOfAnother(Exception):
    """A mailed link is good, but not for the patron who is logged in."""
