"""Addresses of this room: 利用状況, one hold, 読書記録.

Which hold it is stands in the query, which no log has.
"""

from django.urls import path

from mylibrary.usage import history_views, views

urlpatterns = [
    path("usage/", views.usage, name="usage"),
    path("usage/renew/", views.renew, name="renew"),
    path("usage/hold/", views.hold, name="hold"),
    path("usage/hold/pickup/", views.change_pickup, name="hold_pickup"),
    path("usage/hold/suspend/", views.suspend, name="hold_suspend"),
    path("usage/hold/resume/", views.resume, name="hold_resume"),
    path("usage/hold/cancel/", views.cancel, name="hold_cancel"),
    path("usage/history/", history_views.history, name="history"),
    path("usage/history/begin/", history_views.begin, name="history_begin"),
    path("usage/history/end/", history_views.end, name="history_end"),
    path("usage/history/delete/", history_views.delete, name="history_delete"),
    path("usage/history/delete-all/", history_views.delete_all, name="history_delete_all"),
]
