"""What everybody sees of loans and holds: which works are asked for most."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from circulation import rankings
from ui.pages import open_page


@open_page
def ranking(request: HttpRequest) -> HttpResponse:
    """ベスト貸出, ベスト予約: what was lent and held most in the last 30 days."""
    made = [(kind, rankings.records_of(places)) for kind, places in rankings.shown()]
    context = {"rankings": made, "days": rankings.DAYS}
    return render(request, "circulation/rankings.html", context)
