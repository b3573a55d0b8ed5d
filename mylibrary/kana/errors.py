"""What this room refuses."""


class KanaChangeWaits(Exception):
    """An earlier wish for another kana still waits for the staff."""


class KanaChangeClosed(Exception):
    """The wish for another kana was decided or cancelled by somebody else meanwhile."""
