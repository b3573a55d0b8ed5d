app_name = "mylibrary"
urlpatterns = []
