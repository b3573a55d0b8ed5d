"""How an answer of the identity service reaches us, the usual way and others.

Each walk starts at our form with typed fields and returns the browser that brought the answer and
our response.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from myna_auth.models import AuthRequest
from tests.identity import IdentityService, follow
from tests.myna_auth.people import PERSON, TYPED

Walk = Callable[[Client, IdentityService, str], tuple[Client, Any]]


def through_the_card(client: Client, service: IdentityService, fault: str) -> tuple[Client, Any]:
    return client, follow(client, approved(client, service, fault))


def approved(client: Client, service: IdentityService, fault: str = "none") -> str:
    return service.approve(service.start(client, TYPED), typed=PERSON, fault=fault)


def cancelling_on_the_page(
    client: Client, service: IdentityService, fault: str
) -> tuple[Client, Any]:
    return client, follow(client, service.cancel(service.start(client, TYPED)))


def too_late(client: Client, service: IdentityService, fault: str) -> tuple[Client, Any]:
    way_back = approved(client, service)
    AuthRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return client, follow(client, way_back)


def into_another_browser(
    client: Client, service: IdentityService, fault: str
) -> tuple[Client, Any]:
    other = Client()
    return other, follow(other, approved(client, service))


def into_another_browser_that_started_too(
    client: Client, service: IdentityService, fault: str
) -> tuple[Client, Any]:
    other, way_back = Client(), approved(client, service)
    service.start(other)
    return other, follow(other, way_back)


def without_parameters(client: Client, service: IdentityService, fault: str) -> tuple[Client, Any]:
    approved(client, service)
    return client, client.get("/myna/callback/")


def with_a_second_code(client: Client, service: IdentityService, fault: str) -> tuple[Client, Any]:
    return client, follow(client, approved(client, service) + "&code=another")
