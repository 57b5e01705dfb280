"""The list of clients: searched, sorted by name, a page at a time."""

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q
from django.shortcuts import render

from .models import Client


@login_required
@permission_required("clients.view_client", raise_exception=True)
def client_list(request):
    size = min(int(request.GET.get("por", 20)), 100)
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
        "count": clients.count()})
