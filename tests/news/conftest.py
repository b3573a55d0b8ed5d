from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from news.models import News, Published
from news.pictures import made_anew
from tests.news.photographs import photograph

VERBS = ("view", "add", "change", "delete")


@pytest.fixture
def write(db) -> Callable[..., Published]:
    """Return `write(title, begins, ends, model)`, in hours from now, None for not at all."""

    def make(
        title: str = "展示を始めました",
        begins: float | None = -1,
        ends: float | None = None,
        model: type[Published] = News,
        *,
        picture: bool = False,
        **said: Any,
    ) -> Published:
        now = timezone.now()
        item = model(
            title=title,
            text=said.pop("text", "2階です。"),
            begins_at=None if begins is None else now + timedelta(hours=begins),
            ends_at=None if ends is None else now + timedelta(hours=ends),
            **said,
        )
        if picture:
            item.show(made_anew(photograph()))
            item.alternative = "赤と青の絵"
        item.save()
        return item

    return make


@pytest.fixture
def staff_who(db) -> Callable[..., Client]:
    """Return `staff_who("view_news", …)`, the browser of somebody with these rights alone."""

    def make(*rights: str) -> Client:
        user = get_user_model().objects.create_user("-".join(rights)[:40], is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def clerk(staff_who) -> Client:
    """A member of staff who may write news and recommendations, and nothing else."""
    return staff_who(
        *(
            f"{verb}_{name}"
            for verb in VERBS
            for name in ("news", "recommendation", "recommendedwork")
        )
    )
