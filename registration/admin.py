"""The registration in the staff's admin."""

from registration.application.admin import ApplicationAdmin
from registration.review.admin import ReviewCaseAdmin

__all__ = ["ApplicationAdmin", "ReviewCaseAdmin"]
