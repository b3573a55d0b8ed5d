"""The newest news, which the home page knows without asking the database."""

from datetime import datetime
from typing import NamedTuple

from news.models import News, Said, said
from outages.known import Known

ON_THE_HOME_PAGE = 4


class Latest(NamedTuple):
    """One piece of news by its headline."""

    pk: int
    title: str
    title_en: str
    begins_at: datetime

    @property
    def headline(self) -> Said:
        return said(self.title, self.title_en)


def _ask() -> tuple[Latest, ...]:
    found = News.objects.current().values_list(*Latest._fields)
    return tuple(Latest(*one) for one in found[:ON_THE_HOME_PAGE])


LATEST: Known[tuple[Latest, ...]] = Known("news", _ask, ())
known = LATEST.now
read = LATEST.read
