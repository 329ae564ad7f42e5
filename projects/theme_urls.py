"""Addresses of themes, below “themes/” or its translation."""

from django.urls import path

from . import views

app_name = "themes"
urlpatterns = [
    path("", views.theme_list, name="list"),
    path("<slug:slug>/", views.theme_detail, name="detail"),
    path("<slug:slug>/card.png", views.theme_card, name="card"),
]
