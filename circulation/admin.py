"""The admin of the counter, and of what a library system tells by files."""

from django.contrib import admin

from circulation.desk import lists, policy  # noqa: F401  # register their pages
from circulation.desk.lists import LoanPages
from circulation.desk.scan_page import ScanPage
from circulation.files.admin import LibraryRequestAdmin, SnapshotAdmin
from circulation.models import Loan

__all__ = ["LibraryRequestAdmin", "LoanAdmin", "SnapshotAdmin"]


@admin.register(Loan)
class LoanAdmin(ScanPage, LoanPages):
    """The page that is scanned into, in place of a list of all loans: there is none."""
