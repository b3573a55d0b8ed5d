from django.urls import path

from catalog.covers import views as covers
from catalog.meaning import views as meaning
from catalog.records import views as records
from catalog.search import views as search

app_name = "catalog"
urlpatterns = [
    path("search/", search.search, name="search"),
    path("search.atom", search.feed, name="feed"),
    path("advanced/", search.advanced, name="advanced"),
    path("discover/", meaning.ai, name="ai"),
    path("new/", records.new, name="new"),
    path("<int:record_id>/", records.record, name="record"),
    path("<int:record_id>/cover.svg", covers.cover, name="cover"),
]
