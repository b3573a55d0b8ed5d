"""What this room refuses."""


class ScriptRefused(Exception):
    """A script's request is answered with `message`, the sentence that it shows."""

    def __init__(self, message: str, *, status: int, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.wait_seconds = wait_seconds
