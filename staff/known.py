"""What staff keep, and pages know without asking the database (`outages.known`)."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from outages.known import Known


class KnownToPages:
    """Pages of the admin after which the pages of this process read again what they know.

    `delay` says when the others show it.
    """

    known: Known[Any]
    delay = ""

    def save_related(self, request: HttpRequest, *args: Any) -> None:
        super().save_related(request, *args)  # type: ignore[misc]
        transaction.on_commit(self.known.renew)
        messages.info(request, self.delay)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)  # type: ignore[misc]
        transaction.on_commit(self.known.renew)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().delete_queryset(request, queryset)  # type: ignore[misc]
        transaction.on_commit(self.known.renew)
