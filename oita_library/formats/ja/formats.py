"""Dates as the manual writes them: 2026年3月10日 9時00分."""

DATE_FORMAT = "Y年n月j日"
DATETIME_FORMAT = "Y年n月j日 G時i分"
