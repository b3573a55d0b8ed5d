"""Storing thousands of rows of a model quickly."""

from collections.abc import Iterable

from django.db.models import NOT_PROVIDED, Model


def store(rows: Iterable[Model]) -> None:
    """Store rows of one model in one statement.

    It has an array for each column, where no value is left to the database: Django would write a
    placeholder for each value of each row.
    """
    stored = list(rows)
    model = type(stored[0])
    for column in model._meta.concrete_fields:
        if column.db_default is not NOT_PROVIDED:
            for row in stored:
                if hasattr(getattr(row, column.attname), "resolve_expression"):
                    setattr(row, column.attname, column.db_default)
    model._default_manager.bulk_create(stored)
