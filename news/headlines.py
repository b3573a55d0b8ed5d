"""What of the news the home page shows, known to it without asking the database."""

from datetime import datetime
from typing import NamedTuple

from news.models import News, Recommendation
from outages.known import Known

ON_THE_HOME_PAGE = 4


class Headline(NamedTuple):
    """A piece of news as a list shows it."""

    pk: int
    title: str
    begins_at: datetime


class Headlines(NamedTuple):
    """The newest news, and whether works are recommended now."""

    news: tuple[Headline, ...] = ()
    recommends: bool = False


def _ask() -> Headlines:
    newest = News.objects.current().values_list("pk", "title", "begins_at")[:ON_THE_HOME_PAGE]
    recommends = Recommendation.objects.current().exists()
    return Headlines(tuple(Headline(*row) for row in newest), recommends)


HEADLINES: Known[Headlines] = Known("headlines", _ask, Headlines())
known = HEADLINES.now
read = HEADLINES.read
