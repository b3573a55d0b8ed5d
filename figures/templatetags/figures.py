"""The statistics on the staff's first page."""

from typing import Any

from django import template

from figures.pages import PERMISSION, statistics

register = template.Library()


@register.inclusion_tag("admin/figures/statistics.html", takes_context=True)
def show_statistics(context: template.Context) -> dict[str, Any]:
    """Show the statistics of the period that the address asks for, to whoever may see them."""
    request = context["request"]
    if not request.user.has_perm(PERMISSION):
        return {"allowed": False}
    return {"allowed": True} | statistics(request.GET.dict())
