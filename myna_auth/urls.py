from django.urls import path

from myna_auth import views

app_name = "myna"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("callback/", views.callback, name="callback"),
    path("jwks.json", views.jwks, name="jwks"),
]
