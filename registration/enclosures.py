"""What the registration's mails enclose, where it is looked for."""

from registration.review.emails import review_link

__all__ = ["review_link"]
