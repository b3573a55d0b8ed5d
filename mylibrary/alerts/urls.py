"""Addresses of this room: SDI."""

from django.urls import path

from mylibrary.alerts import views

urlpatterns = [
    path("sdi/", views.alerts, name="sdi"),
    path("sdi/new/", views.new, name="sdi_new"),
    path("sdi/<uuid:alert_id>/", views.alert, name="sdi_alert"),
    path("sdi/<uuid:alert_id>/pause/", views.pause, name="sdi_pause"),
    path("sdi/<uuid:alert_id>/resume/", views.resume, name="sdi_resume"),
    path("sdi/<uuid:alert_id>/delete/", views.delete, name="sdi_delete"),
]
