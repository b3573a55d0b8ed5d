"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from oita_library import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("manual/", views.manual, name="manual"),
    path("privacy/", views.privacy, name="privacy"),
    path("counter/", views.counter, name="counter"),
    path("registration/", include("registration.urls")),
    path("myna/", include("myna_auth.urls")),
    path("mylibrary/", include("mylibrary.urls")),
    path("admin/", admin.site.urls),
    path("health/live/", health.live, name="health-live"),
    path("health/ready/", health.ready, name="health-ready"),
]

handler400 = "oita_library.views.bad_request"
handler403 = "oita_library.views.permission_denied"
handler404 = "oita_library.views.page_not_found"
handler500 = "oita_library.views.server_error"
