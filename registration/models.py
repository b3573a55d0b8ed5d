"""The models of the registration, where Django looks for them; each room has its own."""

from registration.application.models import Application, ApplicationTransition, LapsedStarts
from registration.review.models import ReviewCase, ReviewDecision

__all__ = [
    "Application",
    "ApplicationTransition",
    "LapsedStarts",
    "ReviewCase",
    "ReviewDecision",
]
