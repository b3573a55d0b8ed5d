"""What can go wrong with an application."""


class RegistrationError(Exception):
    """Base of this package's errors."""
