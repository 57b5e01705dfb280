"""The pages of the peer; those that only the menu names show the list too."""

import os

from django.contrib.auth import views as auth
from django.urls import path

from clients import views

client_list = views.CACHED[os.environ["BENCH_CACHED"]]

urlpatterns = [
    path("", client_list, name="home"),
    path("cuenta/", client_list, name="account"),
    path("cuenta/entrar/", auth.LoginView.as_view(
        template_name="login.html"), name="login"),
    path("cuenta/salir/", auth.LogoutView.as_view(), name="logout"),
    path("clientes/", client_list, name="clients"),
    path("clientes/nuevo/", client_list, name="client-new"),
    path("clientes/exportar/", client_list, name="client-export"),
    path("clientes/<int:pk>/", client_list, name="client"),
    path("contacto/mensajes/", client_list, name="messages"),
    path("admin/usuarios/", client_list, name="users"),
    path("admin/auditoria/", client_list, name="audit"),
    path("empresa/nosotros/", client_list, name="company"),
    path("politica-de-datos/", client_list, name="privacy"),
    path("contacto/", client_list, name="contact"),
]
