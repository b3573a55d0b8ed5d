"""Addresses of the statistics, below those of the admin and as guarded as they are."""

from django.contrib import admin
from django.urls import path

from figures import views

app_name = "figures"
urlpatterns = [
    path("<str:dimension>.csv", admin.site.admin_view(views.month_by_month), name="download"),
]
