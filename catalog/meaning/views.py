"""AI蔵書探索: a question in one's own words, works near to it, and works that have its words.

The question is in no address, no log and no table: it comes by POST, and goes to the embedding
process and, as words, to the search. `GET ?q=` is understood for links that somebody makes.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from catalog.meaning import client
from catalog.meaning.client import Unanswered
from catalog.meaning.found import Hit, nearest
from catalog.meaning.words import criteria
from catalog.models import Record
from catalog.records.availability import with_availability
from catalog.search.criteria import UNSAYABLE
from catalog.search.folding import fold
from catalog.search.hits import find
from ui import languages
from ui.pages import open_form_page

LONGEST = 500
# Beyond, nobody's question is kept to be shortened.
LONGEST_KEPT = 5000
BY_WORDS = 5


@sensitive_variables()
@sensitive_post_parameters()
@open_form_page
def ai(request: HttpRequest) -> HttpResponse:
    """AI蔵書探索: the form, or what was found, by words alone while no process answers; 422 for no
    question.
    """
    if not client.is_wanted():
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        languages.switch(request)
    question = _cleaned(asked.get("q", ""))
    limits = {
        "for_children": asked.get("children") == "1",
        "available": asked.get("available") == "1",
    }
    # Who has only chosen another language has asked nothing yet.
    is_asked = "q" in asked and bool(question or languages.FIELD not in request.POST)
    wrong = _wrong(question) if is_asked else ""
    context: dict[str, Any] = limits | {"question": question, "longest": LONGEST}
    context |= {"is_asked": is_asked, "wrong": wrong}
    if not is_asked:
        context["unanswered"] = not client.available()
    elif not wrong:
        context |= _found(question, **limits)
    if is_asked or not context["unanswered"]:
        context["open_form"] = "ask"
    return render(request, "catalog/ai.html", context, status=422 if wrong else 200)


def _found(question: str, **limits: bool) -> dict[str, Any]:
    """Return what is near, and what has the words and is not among it."""
    near: list[Hit] = []
    unanswered = False
    try:
        near = nearest(client.query(question), **limits)
    except Unanswered:
        unanswered = True
    known = {hit.record for hit in near}
    search = criteria(question, **limits)
    by_words = find(search).ids if search.terms else []
    worded = [one for one in by_words if one not in known][:BY_WORDS]
    records = Record.objects.present().without_keys().with_items()
    found = records.in_bulk([*known, *worded])
    for hit in near:
        if hit.record in found:
            found[hit.record].why = hit.reasons  # type: ignore[attr-defined]
    return {
        "unanswered": unanswered,
        "near": with_availability(found[one.record] for one in near if one.record in found),
        "worded": with_availability(found[one] for one in worded if one in found),
    }


def _cleaned(text: str) -> str:
    """Return a question as it was typed, without what cannot be shown; line breaks stay."""
    lines = text[:LONGEST_KEPT].encode(errors="replace").decode().splitlines()
    return "\n".join(UNSAYABLE.sub(" ", line) for line in lines).strip()


def _wrong(question: str) -> str:
    if not fold(question):
        return gettext("どんな本をさがしているか、ことばで入力してください。")
    if len(question) > LONGEST:
        return gettext("質問は%(longest)s文字までです。%(more)s文字減らしてください。") % {
            "longest": LONGEST,
            "more": len(question) - LONGEST,
        }
    return ""
