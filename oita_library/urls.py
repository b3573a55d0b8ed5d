"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from oita_library.public_urls import handler400, handler403, handler404, handler500
from oita_library.public_urls import urlpatterns as public

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *public,
    path(f"{settings.ADMIN_PATH}statistics/", include("figures.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
