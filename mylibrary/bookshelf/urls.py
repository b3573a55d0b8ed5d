"""Addresses of this room: My本棚."""

from django.urls import path

from mylibrary.bookshelf import entry_views, list_views, views

urlpatterns = [
    path("bookshelf/", views.shelves, name="bookshelf"),
    path("bookshelf/<int:shelf_id>/", views.shelf, name="bookshelf_shelf"),
    path("bookshelf/<int:shelf_id>/rename/", views.rename, name="bookshelf_rename"),
    path("bookshelf/<int:shelf_id>/delete/", views.delete, name="bookshelf_delete"),
    path("bookshelf/<int:shelf_id>/back/", entry_views.put_back, name="bookshelf_back"),
    path("bookshelf/add/", entry_views.add, name="bookshelf_add"),
    path("bookshelf/put/", entry_views.put, name="bookshelf_put"),
    path("bookshelf/entries/<int:entry_id>/", entry_views.entry, name="bookshelf_entry"),
    path("bookshelf/entries/<int:entry_id>/step/", entry_views.step, name="bookshelf_step"),
    path("bookshelf/import/", list_views.import_list, name="bookshelf_import"),
    path("bookshelf/export/", list_views.export, name="bookshelf_export"),
]
