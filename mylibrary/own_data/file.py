"""A patron's own data as the file to download: JSON with English keys, see docs/my-data.md."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from patrons.personal_data_registry import Section

FORMAT = "oita-library-my-data"
FORMAT_VERSION = 1


def as_json(sections: list[Section]) -> str:
    """Return the sections as JSON text; moments are ISO 8601 with the offset of Japan."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "library": settings.LIBRARY_NAME,
        "created_at": timezone.now(),
        "data": {section.key: _content(section) for section in sections},
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=_written)


def file_name() -> str:
    """Return the file's name, with the day and nothing of the person."""
    return f"oita-library-my-data-{timezone.localdate():%Y%m%d}.json"


def _content(section: Section) -> Any:
    records = [{entry.key: entry.value for entry in record} for record in section.records]
    return records if section.several else records[0]


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    raise TypeError(f"{type(value).__name__} has no form in the file")
