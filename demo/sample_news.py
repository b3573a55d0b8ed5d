"""News and recommendations to look at; the works are those of the sample catalogue."""

import tomllib
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from catalog.models import Record
from news.models import News, Recommendation, RecommendedWork

WRITTEN = Path(__file__).parent / "data" / "sample_news.toml"


@transaction.atomic
def load() -> None:
    """Put them there where there is nothing yet, without works that are not in the catalogue."""
    if News.objects.exists() or Recommendation.objects.exists():
        return
    written = tomllib.loads(WRITTEN.read_text(encoding="utf-8"))
    now = timezone.now()
    for item in written["news"]:
        begins_at = now - timedelta(days=item["days"])
        News.objects.create(begins_at=begins_at, **_said(item))
    for item in written["recommendation"]:
        begins_at = now - timedelta(days=item["days"])
        made = Recommendation.objects.create(begins_at=begins_at, **_said(item))
        for order, (title, author, sentence) in enumerate(item["works"], start=1):
            by_name = Record.objects.filter(title=title, contributors__contains=[{"name": author}])
            if record := by_name.first():
                RecommendedWork.objects.create(
                    recommendation=made, record=record, sentence=sentence, order=order
                )


def _said(item: dict[str, str]) -> dict[str, str]:
    return {name: item[name].strip() for name in ("title", "text", "title_en", "text_en")}
