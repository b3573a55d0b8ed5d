"""Every address of the site but the admin's: what there is for who asks from elsewhere."""

from django.urls import include, path

from catalog.outward import views as outward
from catalog.records.views import by_isbn
from circulation.views import ranking
from oita_library import crawlers, views

urlpatterns = [
    path("", views.home, name="home"),
    path("manual/", views.manual, name="manual"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("counter/", views.counter, name="counter"),
    path("language/", views.language, name="language"),
    path("catalog/rankings/", ranking, name="rankings"),
    path("catalog/", include("catalog.urls")),
    path("isbn/<str:isbn>/", by_isbn, name="isbn"),
    path("", include("news.urls")),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.index, name="sitemap"),
    path("sitemap-pages.xml", crawlers.pages, name="sitemap-pages"),
    path("sitemap-records-<int:part>.xml", crawlers.records, name="sitemap-records"),
    path("sru", outward.sru, name="sru"),
    path("oai", outward.oai, name="oai"),
    path("registration/", include("registration.urls")),
    path("myna/", include("myna_auth.urls")),
    path("mylibrary/", include("mylibrary.urls")),
    path("health/live/", views.live, name="health-live"),
    path("health/ready/", views.ready, name="health-ready"),
]

handler400 = "oita_library.error_pages.bad_request"
handler403 = "oita_library.error_pages.permission_denied"
handler404 = "oita_library.error_pages.page_not_found"
handler500 = "oita_library.error_pages.server_error"
