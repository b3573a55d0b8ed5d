"""Addresses of My Library (manual, step 10), room by room."""

from django.urls import include, path

from mylibrary import views

app_name = "mylibrary"
urlpatterns = [
    path("", views.menu, name="menu"),
    # Each room names its addresses from here on.
    path("", include("mylibrary.bookshelf.urls")),
    path("", include("mylibrary.signin.urls")),
    path("", include("mylibrary.first_login.urls")),
    path("", include("mylibrary.mynumber.urls")),
    path("", include("mylibrary.passkeys.urls")),
    path("", include("mylibrary.reset.urls")),
    path("", include("mylibrary.usage.urls")),
    path("", include("mylibrary.holding.urls")),
    path("", include("mylibrary.calendar.urls")),
    path("", include("mylibrary.profile.urls")),
    path("", include("mylibrary.kana.urls")),
    path("", include("mylibrary.patron_card.urls")),
    path("", include("mylibrary.alerts.urls")),
    path("", include("mylibrary.inbox.urls")),
    path("", include("mylibrary.requests.urls")),
    path("", include("mylibrary.own_data.urls")),
]
