"""What this room refuses."""


class KanaRequestWaits(Exception):
    """An earlier request for another kana still waits for the staff."""


class KanaRequestClosed(Exception):
    """The request for another kana was decided or cancelled by somebody else meanwhile."""
