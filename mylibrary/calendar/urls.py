"""Addresses of this room: the calendar's page, and the calendar itself."""

from django.urls import path

from mylibrary.calendar import views

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/make/", views.make, name="calendar_make"),
    path("calendar/end/", views.end, name="calendar_end"),
    path("calendar/feed.ics", views.feed, name="calendar_feed"),
]
