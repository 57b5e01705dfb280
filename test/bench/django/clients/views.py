"""The list of clients: searched, a page at a time."""

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.vary import vary_on_cookie

from .models import Client

CACHE_S = 300
SERVICES = [("single", "Servicio puntual"), ("contract", "Contrato TI")]
SORTS = [("nombre", "Por nombre"), ("nuevos", "Los más nuevos primero"),
         ("ciudad", "Por ciudad")]


def show_list(request):
    size = min(int(request.GET.get("por", 50)), 100)
    search = request.GET.get("q", "").strip()
    clients = Client.objects.filter(archived_at__isnull=True)
    if search:
        clients = clients.filter(
            Q(name__icontains=search) | Q(email__icontains=search) |
            Q(company__icontains=search))
    # one more than the page shows: is there a next one?
    rows = list(clients.order_by("name", "id")[:size + 1])
    return render(request, "clients.html", {
        "clients": rows[:size], "more": len(rows) > size, "search": search,
        "size": size, "section": "clients", "kinds": Client.KINDS,
        "services": SERVICES, "sorts": SORTS})


def protected(view):
    return login_required(permission_required(
        "clients.view_client", raise_exception=True)(view))


@protected
def client_list(request):
    return show_list(request)


# The per-view cache: who asks is checked for each request, the page is kept
# for each cookie, since it shows who is logged in. csrf_protect comes before
# cache_page. A template fragment of the same content was no faster.
# Source: Django 3.2, "Django's cache framework"; "Cross Site Request Forgery
# protection", section Caching.
@protected
@cache_page(CACHE_S)
@vary_on_cookie
@csrf_protect
def cached_list(request):
    return show_list(request)


CACHED = {"": client_list, "page": cached_list}
