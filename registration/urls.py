"""Addresses of the registration journey (manual, steps 2 to 9)."""

from django.urls import path

from registration.application import views
from registration.review import views as review_views

app_name = "registration"
urlpatterns = [
    path("", views.form, name="form"),
    path("confirm/", views.confirm, name="confirm"),
    path("result/", views.result, name="result"),
    path("review/", review_views.review, name="review"),
    path("cancel/", views.cancel, name="cancel"),
    path("reset/", views.reset, name="reset"),
    path("finish/", views.finish, name="finish"),
    path("another/", views.another, name="another"),
]
