"""The staff's own pages in the admin."""

from staff.users import StaffAdmin, StaffGroupAdmin

__all__ = ["StaffAdmin", "StaffGroupAdmin"]
