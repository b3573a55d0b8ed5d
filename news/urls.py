from django.urls import path

from news import views
from news.models import News, Recommendation

app_name = "news"
urlpatterns = [
    path("news/", views.news_list, name="news_list"),
    path("news/<int:pk>/", views.news, name="news"),
    path("news/<int:pk>/picture.webp", views.picture, {"model": News}, name="news_picture"),
    path("catalog/recommended/", views.recommendation_list, name="recommendation_list"),
    path("catalog/recommended/<int:pk>/", views.recommendation, name="recommendation"),
    path(
        "catalog/recommended/<int:pk>/picture.webp",
        views.picture,
        {"model": Recommendation},
        name="recommendation_picture",
    ),
]
