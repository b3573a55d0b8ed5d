app_name = "myna_auth"
urlpatterns = []
