"""A text that cannot be used."""


class InvalidInput(Exception):
    """A typed value cannot be used; `code` is stable, the screen owns the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
