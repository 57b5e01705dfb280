"""The pages of the peer; those that only the menu names show the list too."""

from django.contrib.auth import views as auth
from django.urls import path

from clients import views

urlpatterns = [
    path("", views.client_list, name="home"),
    path("login/", auth.LoginView.as_view(template_name="login.html"),
         name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("clients/", views.client_list, name="clients"),
    path("clients/new/", views.client_list, name="client-new"),
    path("clients/<int:pk>/", views.client_list, name="client"),
    path("clients/<int:pk>/edit/", views.client_list, name="client-edit"),
    path("orders/", views.client_list, name="orders"),
    path("inventory/", views.client_list, name="inventory"),
    path("quotes/", views.client_list, name="quotes"),
    path("reports/", views.client_list, name="reports"),
]
